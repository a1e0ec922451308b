import { randomUUID } from 'node:crypto';
import { RetentionSchedule } from '../../../src/runner/retention/retention-schedule';
import { retentionSettings } from '../../../src/runner/retention/retention-options';
import { MemoryStore } from '../../../src/store/memory/memory-store';
import type { Store } from '../../../src/store/store';
import { MemoryLogger } from '../../fixtures/memory-logger';
import { VirtualClock } from '../../fixtures/virtual-clock';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

describe('the schedule of cleanups', () => {
  let clock: VirtualClock;
  let store: MemoryStore;
  let logger: MemoryLogger;
  let asked: { readonly workerId: string; readonly isMine: boolean; readonly at: number }[];
  let batches: number;

  beforeEach(() => {
    clock = new VirtualClock();
    store = new MemoryStore(clock);
    logger = new MemoryLogger();
    asked = [];
    batches = 0;
  });

  /** The store, noting what is asked of it; a test may let it fail. */
  const watched = (fails: () => boolean = () => false): Store =>
    new Proxy(store, {
      get(target, key) {
        const value: unknown = Reflect.get(target, key);
        if (typeof value !== 'function') return value;
        return async (...args: unknown[]) => {
          if (fails()) throw new Error('the database is away');
          if (key === 'deleteRuns') batches += 1;
          const result: unknown = await (value as (...args: unknown[]) => unknown).apply(target, args);
          if (key === 'beginCleanup') {
            const [{ workerId }] = args as [{ workerId: string }];
            asked.push({ workerId, isMine: (result as { isMine: boolean }).isMine, at: clock.now() });
          }
          return result;
        };
      },
    }) as Store;

  const scheduleOf = async (
    options: Parameters<typeof retentionSettings>[0],
    random = 0.5,
    fails?: () => boolean,
  ): Promise<RetentionSchedule> => {
    const workerId = randomUUID();
    await store.registerWorker({ workerId, leaseMs: 1, queues: [], workflows: [], label: 'test' });
    const settings = retentionSettings(options);
    return new RetentionSchedule({
      store: watched(fails),
      clock,
      logger,
      settings,
      workerId: () => workerId,
      random: () => random,
    });
  };

  const endedRun = async (): Promise<string> => {
    const id = randomUUID();
    const rest = { workflow: 'w', flow: 'main', fingerprint: 'f', queue: 'q', priority: 0, tags: [] };
    await store.createRun({ id, ...rest, input: '1', inputHash: 'h' });
    await store.requestCancel({ runId: id });
    return id;
  };
  const exists = async (runId: string): Promise<boolean> => (await store.findRun({ runId })) !== undefined;

  it('deletes runs once they are old enough, and not before', async () => {
    const run = await endedRun();
    const schedule = await scheduleOf({ cancelled: '1d' });
    schedule.start();
    await clock.advance(DAY_MS - HOUR_MS);
    expect(await exists(run)).toBe(true);
    await clock.advance(2 * HOUR_MS + MINUTE_MS);
    expect(await exists(run)).toBe(false);
    expect(logger.lines).toEqual([{ level: 'info', message: 'old runs were deleted', fields: { deleted: 1 } }]);
    schedule.close();
    expect(clock.pendingTimers).toBe(0);
  });

  it('is shared by a fleet: one round each hour, whoever does it', async () => {
    const fleet = await Promise.all([0.1, 0.5, 0.9].map((random) => scheduleOf({ cancelled: '1d' }, random)));
    for (const schedule of fleet) schedule.start();
    await clock.advance(10 * HOUR_MS);
    const rounds = asked.filter(({ isMine }) => isMine).map(({ at }) => at);
    // The first begins within a minute, and each next one at most a tenth of an hour late.
    expect(rounds.length).toBeGreaterThanOrEqual(9);
    expect(rounds.length).toBeLessThanOrEqual(10);
    for (const [i, at] of rounds.slice(1).entries()) expect(at - (rounds[i] as number)).toBeGreaterThanOrEqual(HOUR_MS);
    expect(batches).toBe(rounds.length);
    for (const schedule of fleet) schedule.close();
  });

  it('pauses between two batches, and stops there at once when it is closed', async () => {
    for (let i = 0; i < 5; i += 1) await endedRun();
    await clock.advance(DAY_MS);
    const schedule = await scheduleOf({ cancelled: '1d', batchSize: 1 }, 0);
    schedule.start();
    await clock.advance(0);
    expect(batches).toBe(1);
    await clock.advance(20);
    expect(batches).toBe(2);
    schedule.close();
    await clock.advance(HOUR_MS);
    expect(batches).toBe(2);
    expect(clock.pendingTimers).toBe(0);
  });

  it('ends a round after `every`, so that the next one can begin', async () => {
    for (let i = 0; i < 100; i += 1) await endedRun();
    await clock.advance(DAY_MS);
    const schedule = await scheduleOf({ cancelled: '1d', batchSize: 1, every: '100ms' }, 0);
    schedule.start();
    await clock.advance(1_000);
    // About five batches of 20 ms in each round.
    expect(asked.length).toBeGreaterThanOrEqual(5);
    expect(asked.every(({ isMine }) => isMine)).toBe(true);
    schedule.close();
  });

  it('goes on after the database was away', async () => {
    const run = await endedRun();
    await clock.advance(DAY_MS);
    let isAway = true;
    const schedule = await scheduleOf({ cancelled: '1d' }, 0, () => isAway);
    schedule.start();
    await clock.advance(1);
    expect(logger.lines).toMatchObject([{ level: 'warn', fields: { err: { message: 'the database is away' } } }]);
    isAway = false;
    await clock.advance(HOUR_MS);
    expect(await exists(run)).toBe(false);
    schedule.close();
  });
});
