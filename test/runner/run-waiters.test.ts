import { RunWaiters } from '../../src/runner/run-waiters';
import type { FinalRuns, Store } from '../../src/store/store';
import { settle, VirtualClock } from '../fixtures/virtual-clock';

/** Waiters over a store that keeps when it was asked for which runs, and answers after `answerMs`. */
function open(answerMs = 0, restMs?: number) {
  const clock = new VirtualClock(0);
  const looks: { readonly at: number; readonly runIds: readonly string[] }[] = [];
  const final = new Set<string>();
  const findFinal = async ({ runIds }: { readonly runIds: readonly string[] }): Promise<FinalRuns> => {
    looks.push({ at: clock.now(), runIds });
    if (answerMs > 0) await new Promise<void>((resolve) => void clock.setTimer(answerMs, resolve));
    const over = runIds.filter((id) => final.has(id));
    return { final: over.map((id) => ({ id, workflow: 'w', status: 'COMPLETED', output: '1' })), unknown: [] };
  };
  const local = new Set<string>();
  const waiters = new RunWaiters({ findFinal } as unknown as Store, clock, (runId) => local.has(runId), restMs);
  return { clock, looks, final, local, waiters };
}

describe('waiting for a run of another process', () => {
  it('looks at once, soon, and then less and less often, up to every 250 ms', async () => {
    const { clock, looks, final, waiters } = open();
    const result = waiters.wait('a');
    await clock.advance(1_000);
    expect(looks.map(({ at }) => at)).toEqual([0, 5, 15, 35, 75, 155, 315, 565, 815]);
    final.add('a');
    await clock.advance(250);
    expect(await result).toMatchObject({ status: 'COMPLETED' });
    await clock.advance(10_000);
    expect(looks).toHaveLength(10);
  });

  it('asks for all runs that are due in one query, and not for those that are not', async () => {
    const { clock, looks, waiters } = open();
    for (const id of ['a', 'b']) waiters.wait(id).catch(() => undefined);
    await clock.advance(800);
    const before = looks.length;
    waiters.wait('c').catch(() => undefined);
    await clock.advance(0);
    expect(looks.slice(before)).toEqual([{ at: 800, runIds: ['c'] }]);
    expect(looks[0]?.runIds).toEqual(['a', 'b']);
    waiters.close();
  });

  it('leaves a slow store alone for as long as it took to answer, however many wait', async () => {
    const { clock, looks, waiters } = open(40);
    for (let run = 0; run < 500; run++) {
      waiters.wait(`run-${run}`).catch(() => undefined);
      await clock.advance(2);
    }
    const gaps = looks.slice(1).map(({ at }, i) => at - (looks[i]?.at ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(80);
    waiters.close();
  });

  it('does not ask for a run that left where no other process can execute it, until its rest is over', async () => {
    const { clock, looks, local, waiters } = open(0, 60_000);
    local.add('a');
    waiters.wait('a').catch(() => undefined);
    local.delete('a');
    waiters.left('a');
    await clock.advance(59_999);
    expect(looks).toEqual([]);
    // Somebody who begins to wait asks at once all the same.
    waiters.wait('b').catch(() => undefined);
    await clock.advance(0);
    expect(looks).toEqual([{ at: 59_999, runIds: ['b'] }]);
    await clock.advance(1);
    expect(looks.at(-1)).toEqual({ at: 60_000, runIds: ['a'] });
    waiters.close();
  });

  it('does not ask for runs of this process until they leave it', async () => {
    const { clock, looks, final, local, waiters } = open();
    local.add('a');
    const result = waiters.wait('a');
    await clock.advance(1_000);
    expect(looks).toEqual([]);
    local.delete('a');
    final.add('a');
    waiters.left('a');
    await clock.advance(5);
    expect(await result).toMatchObject({ status: 'COMPLETED' });
    await settle();
  });
});
