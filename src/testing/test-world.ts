import { ConfigurationError } from '../core/errors/definition-error';
import { systemClock } from '../runner/system-clock';
import { HintEmitter } from '../store/hint-emitter';
import { MemoryStore } from '../store/memory/memory-store';
import type { Store } from '../store/store';
import { VirtualDatabase } from '../store/typeorm/virtual-database';
import { Traffic } from './traffic';
import type { VirtualClock } from './virtual-clock';

/** Where the runs of a test are kept, and that place's time. It outlives the processes under test. */
export interface TestWorld {
  readonly store: Store;
  /** Has the workers poll: they then know what is due next. */
  look(): void;
  /** Brings the store's time to this instant, epoch ms; `undefined` when it is there already. */
  moved(now: number): Promise<void> | undefined;
  close(): Promise<void>;
}

/** @throws ConfigurationError for anything but `'memory:'` and `'postgres://…'`; DatabaseUnreachableError */
export async function createWorld(database: string, clock: VirtualClock): Promise<TestWorld> {
  if (database === 'memory:') return memoryWorld(clock);
  if (/^postgres(ql)?:/.test(database)) return postgresWorld(database, clock);
  throw new ConfigurationError(
    `database of a test runner: expected 'memory:' or 'postgres://…', got ${JSON.stringify(database.split(':')[0])}`,
  );
}

function memoryWorld(clock: VirtualClock): TestWorld {
  const store = new MemoryStore(clock);
  return { store, look: () => store.look(), moved: () => undefined, close: () => Promise.resolve() };
}

async function postgresWorld(url: string, clock: VirtualClock): Promise<TestWorld> {
  const database = await VirtualDatabase.open({ url, clock: systemClock, now: clock.now() });
  const hints = new HintEmitter();
  const traffic = new Traffic();
  const { store } = database;
  clock.waitFor(() => traffic.quiet());
  return {
    store: traffic.counted(store, {
      // Nobody else works on it: leases never end, and nothing has to be looked for.
      kind: 'memory',
      // All processes under test share the connection.
      open: () => Promise.resolve(),
      close: () => Promise.resolve(),
      subscribe(listener) {
        const stops = [store.subscribe(listener), hints.subscribe(listener)];
        return () => stops.forEach((stop) => stop());
      },
    }),
    look: () => hints.look(),
    moved: (now) => database.moveTo(now),
    close: () => database.close(),
  };
}
