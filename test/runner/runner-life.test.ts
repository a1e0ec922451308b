import { RunnerLife } from '../../src/runner/runner-life';
import type { RunnerParts } from '../../src/runner/runner-parts';
import { VirtualClock } from '../fixtures/virtual-clock';

it('closing does not wait for log lines that a database does not take', async () => {
  const clock = new VirtualClock();
  const done: string[] = [];
  const note = (what: string) => (): void => void done.push(what);
  const parts = {
    clock,
    container: { register: note('joined'), unregister: note('left') },
    worker: { start: async () => undefined, close: async () => note('worker')() },
    lines: { flush: () => new Promise<void>(() => undefined) },
    followers: { close: note('followers') },
    waiters: { close: note('waiters') },
    registry: { definitions: [] },
    store: { open: async () => undefined, graphs: { keep: async () => undefined }, close: async () => note('store')() },
  } as unknown as RunnerParts;
  const life = new RunnerLife(parts, undefined);
  await life.open(RunnerLife, life, []);
  expect(done).toEqual(['joined']);
  const closed = life.close();
  await clock.advance(999);
  expect(done).toEqual(['joined', 'worker']);
  await clock.advance(1);
  await closed;
  expect(done).toEqual(['joined', 'worker', 'left', 'followers', 'waiters', 'store']);
});
