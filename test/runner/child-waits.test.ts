import type { FlowNode } from '../../src/graph/workflow-graph';
import { ChildWaits } from '../../src/runner/waits/child-waits';
import type { ChildWaitsParams } from '../../src/runner/waits/child-waits';
import { Timers } from '../../src/runner/timers';
import type { StartedChild } from '../../src/store/children';
import { MemoryLogger } from '../fixtures/memory-logger';
import { settle, VirtualClock } from '../fixtures/virtual-clock';

const ref = { node: { name: 'ask' } as FlowNode, index: -1 };

function scene() {
  const clock = new VirtualClock();
  const cancelled: string[] = [];
  let answer: (value: StartedChild) => void = () => undefined;
  const store = {
    children: { start: () => new Promise<StartedChild>((resolve) => (answer = resolve)) },
    requestCancel: async ({ runId }: { readonly runId: string }) => cancelled.push(runId),
    findFinal: async () => ({ final: [], unknown: [] }),
  };
  const waits = new ChildWaits({
    run: { id: 'parent', epoch: 1, inbox: 0, queue: 'default', priority: 0, tags: [] },
    host: { store, logger: new MemoryLogger() },
    timers: new Timers(clock),
    onOver: () => undefined,
    onSettled: () => undefined,
    onLost: () => undefined,
  } as unknown as ChildWaitsParams);
  const begin = (onParentEnd: 'cancel' | 'leave' = 'cancel'): void => {
    const child = { workflow: 'w', flow: 'main', fingerprint: 'f', input: '1', onParentEnd };
    waits.begin(ref, { kind: 'child', since: 0, id: 'child', child });
  };
  return { waits, begin, cancelled, answer: (value: StartedChild) => answer(value) };
}

describe('a child whose parent comes to its end while it is being started', () => {
  it('is cancelled, because the end of the parent may not have seen it', async () => {
    const { waits, begin, cancelled, answer } = scene();
    begin();
    waits.drop(ref);
    waits.close();
    answer('started');
    await settle();
    expect(cancelled).toEqual(['child']);
  });

  it('goes on where it is to be left alone, and where its parent only changes hands', async () => {
    const left = scene();
    left.begin('leave');
    left.waits.drop(ref);
    left.answer('started');
    const given = scene();
    given.begin();
    given.waits.close();
    given.answer('started');
    await settle();
    expect([left.cancelled, given.cancelled]).toEqual([[], []]);
  });
});
