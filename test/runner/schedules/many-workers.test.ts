import { defineWorkflow } from '../../../src';
import { UuidV7Generator } from '../../../src/core/ids';
import { DefinitionRegistry } from '../../../src/runner/definition-registry';
import type { RunnerParts } from '../../../src/runner/runner-parts';
import { ScheduleClock } from '../../../src/runner/schedules/schedule-clock';
import { systemClock } from '../../../src/runner/system-clock';
import { createStore } from '../../../src/store/open-store';
import type { Store } from '../../../src/store/store';
import { MemoryLogger } from '../../fixtures/memory-logger';
import { createTestDatabase } from '../../setup/database';

const WORKERS = 20;
const TICKS = 60;

const everySecond = {
  cron: '* * * * * *',
  timeZone: 'Europe/Berlin',
  catchUp: 'all',
  overlap: 'cancel-previous',
} as const;
const workflow = defineWorkflow('ticking')
  .flow('main', { schedule: { ...everySecond, input: (tick: Date) => tick } }, async (tick: Date) => tick)
  .build();

/** The store as a worker sees it whose clock of the database stands at `now()`. */
function at(store: Store, now: () => number): Store {
  const { schedules } = store;
  const simulated = {
    put: schedules.put.bind(schedules),
    tick: schedules.tick.bind(schedules),
    pause: schedules.pause.bind(schedules),
    remove: schedules.remove.bind(schedules),
    list: async (params: Parameters<typeof schedules.list>[0]) => ({ ...(await schedules.list(params)), now: now() }),
  };
  return new Proxy(store, {
    get: (target, key) => (key === 'schedules' ? simulated : (Reflect.get(target, key, target) as unknown)),
  });
}

/** Half a minute before the clocks of Berlin go back by an hour. */
const FROM = Date.UTC(2026, 9, 25, 0, 59, 30);

it(`${WORKERS} workers make each of ${TICKS} ticks once, across a change of the clock`, async () => {
  const database = await createTestDatabase();
  const options = { clock: systemClock, listen: false, notify: false };
  const stores = await Promise.all(
    Array.from({ length: 4 }, async (_, i) => {
      const store = createStore(database.url, options);
      if (i === 0) await store.open();
      return store;
    }),
  );
  for (const store of stores.slice(1)) await store.open();
  try {
    let now = FROM;
    const clocks = Array.from({ length: WORKERS }, (_, i) => {
      const parts = {
        store: at(stores[i % stores.length] as Store, () => now),
        registry: new DefinitionRegistry([workflow]),
        clock: systemClock,
        logger: new MemoryLogger(),
        ids: new UuidV7Generator(),
        maxValueBytes: 1_000,
      };
      return new ScheduleClock(parts as unknown as RunnerParts);
    });
    // The first one writes the schedule, whose next tick is one second on; all look at once each second.
    await clocks[0]?.start();
    for (let tick = 1; tick <= TICKS; tick++) {
      now = FROM + tick * 1_000;
      await Promise.all(clocks.map((clock) => clock.look()));
    }
    for (const clock of clocks) clock.close();
    const { items } = await (stores[0] as Store).listRuns({ tags: ['schedule:ticking/main'], limit: 1_000 });
    const inputs = items.map(({ input }) => JSON.stringify(input));
    expect(items).toHaveLength(TICKS);
    expect(new Set(inputs).size).toBe(TICKS);
    expect(new Set(items.map(({ idempotencyKey }) => idempotencyKey))).toEqual(
      new Set(
        Array.from(
          { length: TICKS },
          (_, i) => `typeflow:schedule:ticking/main:${new Date(FROM + (i + 1) * 1_000).toISOString()}`,
        ),
      ),
    );
  } finally {
    for (const store of stores) await store.close();
    await database.drop();
  }
}, 60_000);
