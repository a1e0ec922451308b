import { closeParts } from '../../src/runner/runner-life';
import type { RunnerParts } from '../../src/runner/runner-parts';
import { VirtualClock } from '../fixtures/virtual-clock';

it('closing does not wait for log lines that a database does not take', async () => {
  const clock = new VirtualClock();
  const done: string[] = [];
  const note = (what: string) => (): void => void done.push(what);
  const parts = {
    clock,
    worker: { close: async () => note('worker')() },
    lines: { flush: () => new Promise<void>(() => undefined) },
    followers: { close: note('followers') },
    waiters: { close: note('waiters') },
    store: { close: async () => note('store')() },
  } as unknown as RunnerParts;
  const closed = closeParts(parts, undefined, note('left'));
  await clock.advance(999);
  expect(done).toEqual(['worker']);
  await clock.advance(1);
  await closed;
  expect(done).toEqual(['worker', 'left', 'followers', 'waiters', 'store']);
});
