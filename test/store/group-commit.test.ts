import type { Clock } from '../../src/core/clock';
import { GroupCommit } from '../../src/store/typeorm/group-commit';
import type { GroupCommitOptions, WriteBatch } from '../../src/store/typeorm/group-commit';

/** A clock whose timers fire at once, and move it by what was asked. */
function immediateClock(): Clock & { readonly delays: number[] } {
  let at = 0;
  const delays: number[] = [];
  return {
    delays,
    now: () => at,
    monotonic: () => at,
    setTimer(delayMs, callback) {
      delays.push(delayMs);
      at += delayMs;
      queueMicrotask(callback);
      return { cancel: () => undefined };
    },
  };
}

function groupOf(write: WriteBatch<string, string>, overrides: Partial<GroupCommitOptions<string, string>> = {}) {
  return new GroupCommit<string, string>({
    clock: immediateClock(),
    write,
    keyOf: (request) => request,
    sizeOf: (request) => ({ rows: 1, bytes: request.length }),
    classify: (error) => (error as Error).message as 'connection' | 'conflict' | 'permanent',
    toError: (error) => new Error(`told: ${(error as Error).message}`),
    ...overrides,
  });
}

const echo = async (batch: readonly string[]): Promise<readonly string[]> =>
  batch.map((request) => request.toUpperCase());

describe('GroupCommit', () => {
  it('writes what is asked in one tick together, and what comes meanwhile in the next batch', async () => {
    const batches: string[][] = [];
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    const group = groupOf(async (batch) => {
      batches.push([...batch]);
      if (batches.length === 1) await gate;
      return echo(batch);
    });
    const early = [group.submit('a'), group.submit('b')];
    await new Promise(setImmediate);
    const late = [group.submit('c'), group.submit('d'), group.submit('e')];
    open();
    expect(await Promise.all([...early, ...late])).toEqual(['A', 'B', 'C', 'D', 'E']);
    expect(batches).toEqual([
      ['a', 'b'],
      ['c', 'd', 'e'],
    ]);
  });

  it('never puts two requests of one key into a batch, and keeps their order', async () => {
    const batches: string[][] = [];
    const group = groupOf(
      async (batch) => {
        batches.push([...batch]);
        return batch;
      },
      { keyOf: (request) => request[0] as string },
    );
    await Promise.all(['a1', 'a2', 'b1', 'a3'].map((request) => group.submit(request)));
    expect(batches).toEqual([['a1', 'b1'], ['a2'], ['a3']]);
  });

  it('limits a batch by rows and by bytes, but always takes one', async () => {
    const batches: string[][] = [];
    const group = groupOf(
      async (batch) => {
        batches.push([...batch]);
        return batch;
      },
      { limits: { maxRows: 3, maxBytes: 5, maxDelayMs: 0 } },
    );
    await Promise.all(['1', '2', '3', '4', 'toolongforall', '5'].map((request) => group.submit(request)));
    expect(batches).toEqual([['1', '2', '3'], ['4', '5'], ['toolongforall']]);
  });

  it('waits for others as long as it is told, when nothing is in flight', async () => {
    const batches: string[][] = [];
    const fired: (() => void)[] = [];
    const clock = {
      ...immediateClock(),
      setTimer: (_ms: number, fire: () => void) => (fired.push(fire), { cancel() {} }),
    };
    const group = groupOf(
      async (batch) => {
        batches.push([...batch]);
        return batch;
      },
      { clock, limits: { maxRows: 10, maxBytes: 100, maxDelayMs: 5 } },
    );
    const first = group.submit('a');
    await new Promise(setImmediate);
    const second = group.submit('b');
    expect([batches, fired.length]).toEqual([[], 1]);
    fired[0]?.();
    await Promise.all([first, second]);
    expect(batches).toEqual([['a', 'b']]);
  });

  it('sends the batch that has filled before it tells whom the last answer is for', async () => {
    const order: string[] = [];
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    const group = groupOf(async (batch) => {
      order.push(`sent ${batch.join()}`);
      if (order.length === 1) await gate;
      return batch;
    });
    const early = group.submit('a').then(() => order.push('told a'));
    await new Promise(setImmediate);
    const late = group.submit('b').then(() => order.push('told b'));
    open();
    await Promise.all([early, late]);
    expect(order).toEqual(['sent a', 'sent b', 'told a', 'told b']);
  });

  it('sends a large batch beside the one in flight, but never two requests of one key at a time', async () => {
    const sent: string[][] = [];
    const gates: (() => void)[] = [];
    const group = groupOf(
      async (batch) => {
        sent.push([...batch]);
        await new Promise<void>((resolve) => gates.push(resolve));
        return batch;
      },
      { keyOf: (request) => request.split('/')[0] as string },
    );
    const first = group.submit('a/1');
    await new Promise(setImmediate);
    const others = Array.from({ length: 99 }, (_, i) => group.submit(`b${i}/1`));
    await new Promise(setImmediate);
    expect(sent).toEqual([['a/1']]);
    const again = group.submit('a/2');
    await new Promise(setImmediate);
    expect(sent.map((batch) => batch.length)).toEqual([1, 99]);
    gates[1]?.();
    await Promise.all(others);
    expect(sent).toHaveLength(2);
    gates[0]?.();
    await first;
    expect(sent.at(-1)).toEqual(['a/2']);
    gates[2]?.();
    await again;
  });

  it('tries a lost connection again with growing pauses, and says so to the writer', async () => {
    const clock = immediateClock();
    const flags: boolean[] = [];
    const group = groupOf(
      async (batch, again) => {
        flags.push(again);
        if (flags.length <= 3) throw new Error('connection');
        return batch;
      },
      { clock, random: () => 1 },
    );
    expect(await group.submit('a')).toBe('a');
    expect(flags).toEqual([false, true, true, true]);
    expect(clock.delays).toEqual([20, 40, 80]);
  });

  it('gives up on a connection when its patience ends', async () => {
    const group = groupOf(() => Promise.reject(new Error('connection')), { patienceMs: 1_000 });
    await expect(group.submit('a')).rejects.toThrow('told: connection');
  });

  it('tries a conflict five times more, without the suspicion that it took effect', async () => {
    const flags: boolean[] = [];
    const group = groupOf(async (_, again) => {
      flags.push(again);
      throw new Error('conflict');
    });
    await expect(group.submit('a')).rejects.toThrow('told: conflict');
    expect(flags).toEqual([false, false, false, false, false, false]);
  });

  it('finds the one bad request of a batch, and writes the others', async () => {
    const group = groupOf(async (batch) => {
      if (batch.includes('bad')) throw new Error('permanent');
      return echo(batch);
    });
    const requests = ['a', 'b', 'c', 'bad', 'd', 'e', 'f'];
    const results = await Promise.allSettled(requests.map((request) => group.submit(request)));
    expect(results.map((result) => (result.status === 'fulfilled' ? result.value : 'rejected'))).toEqual([
      'A',
      'B',
      'C',
      'rejected',
      'D',
      'E',
      'F',
    ]);
  });

  it('goes on after a failure', async () => {
    let fails = true;
    const group = groupOf(async (batch) => {
      if (fails) throw new Error('permanent');
      return batch;
    });
    await expect(group.submit('a')).rejects.toThrow('told: permanent');
    fails = false;
    expect(await group.submit('b')).toBe('b');
  });

  it('rejects what waits when it is closed, and whatever comes later', async () => {
    const closed = new Error('closed');
    const group = groupOf(echo);
    const waiting = group.submit('a');
    group.close(closed);
    await expect(waiting).rejects.toBe(closed);
    await expect(group.submit('b')).rejects.toBe(closed);
  });
});
