import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { container as globalContainer } from 'tsyringe';
import { defineWorkflow } from '../../src';
import type { AttemptAbortedError, TaskContext } from '../../src';
import { TsyringeAdapter } from '../../src/di/tsyringe-adapter';
import { DefinitionRegistry } from '../../src/runner/definition-registry';
import { Worker } from '../../src/runner/worker';
import { workerSettings } from '../../src/runner/worker-options';
import { MemoryStore } from '../../src/store/memory/memory-store';
import type { RecordParams } from '../../src/store/record';
import type { Store } from '../../src/store/store';
import type { PollResult } from '../../src/store/worker-lease';
import { MemoryLogger } from '../fixtures/memory-logger';
import { VirtualClock } from '../fixtures/virtual-clock';
import { noChildren } from '../fixtures/no-children';

const signals: AbortSignal[] = [];

const endless = defineWorkflow('endless')
  .flow('main', { timeout: false }, (_: unknown, ctx: TaskContext<unknown>) => {
    signals.push(ctx.signal);
    return new Promise(() => undefined);
  })
  .build();

/** A worker on a virtual clock, over a store that claims to be PostgreSQL and whose verbs a test may replace. */
function workerOver(replaced: (store: MemoryStore) => Partial<Store>): {
  worker: Worker;
  store: MemoryStore;
  clock: VirtualClock;
  logger: MemoryLogger;
} {
  const clock = new VirtualClock();
  const logger = new MemoryLogger();
  const store = new MemoryStore(clock);
  const overrides: Partial<Store> = { kind: 'postgres', ...replaced(store) };
  const port = new Proxy(store, {
    get(target, key) {
      if (key in overrides) return overrides[key as keyof Store];
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? (value as (...args: unknown[]) => unknown).bind(target) : value;
    },
  }) as Store;
  const worker = new Worker({
    store: port,
    registry: new DefinitionRegistry([endless]),
    container: new TsyringeAdapter(globalContainer.createChildContainer()),
    logger,
    environment: { flowOf: noChildren, clock, isSystemClock: false, logger, random: () => 0.5, maxValueBytes: 1_000 },
    settings: workerSettings({ lease: '10s', poll: '2s', drain: 0 }, []),
    newId: randomUUID,
    label: 'test',
    onEnd: () => undefined,
  });
  return { worker, store, clock, logger };
}

const newRun = () => ({
  id: randomUUID(),
  workflow: 'endless',
  flow: 'main',
  fingerprint: endless.graph.flows.get('main')?.fingerprint ?? '',
  queue: 'default',
  priority: 0,
  tags: [],
  input: 'null',
  inputHash: '',
});

describe('a worker', () => {
  it('gives back a run it does not know only when a second poll still says that it owns it', async () => {
    const released: RecordParams[] = [];
    const owned = [{ id: randomUUID(), epoch: 1, inbox: 0, isCancelRequested: false }];
    const poll = async (): Promise<PollResult> => ({ kind: 'alive', now: 0, claimed: [], owned, recovered: 0 });
    const { worker, clock } = workerOver(() => ({
      poll,
      record: async (params) => {
        released.push(params);
        return { kind: 'lost' };
      },
    }));
    await worker.start();
    expect(released).toEqual([]);
    await clock.advance(2_500);
    expect(released).toMatchObject([{ runId: owned[0]?.id, epoch: 1, run: { kind: 'release' } }]);
    await worker.close();
  });

  it('aborts its attempts when the lease ends, also while a poll hangs', async () => {
    let polls = 0;
    const { worker, store, clock, logger } = workerOver((memory) => ({
      poll: (params) => (polls++ === 0 ? memory.poll(params) : new Promise(() => undefined)),
    }));
    await store.createRun(newRun());
    await worker.start();
    await clock.advance(9_000);
    expect(signals.at(-1)?.aborted).toBe(false);
    await clock.advance(1_100);
    expect((signals.at(-1)?.reason as AttemptAbortedError).reason).toBe('lease-lost');
    expect(worker.health.runs).toBe(0);
    expect(
      logger.lines.filter(({ fields }) => (fields['err'] as { code?: string })?.code === 'LEASE_LOST'),
    ).toHaveLength(1);
  });

  it('does not take a run for lost that a poll finds ended before its own record of the end is answered', async () => {
    let isFinishing = (): void => undefined;
    let answer = (): void => undefined;
    const finishing = new Promise<void>((resolve) => (isFinishing = resolve));
    const { worker, store, clock, logger } = workerOver((memory) => ({
      record: async (params) => {
        const recorded = await memory.record(params);
        if (params.run?.kind === 'finish') {
          isFinishing();
          await new Promise<void>((resolve) => (answer = resolve));
        }
        return recorded;
      },
    }));
    const run = newRun();
    await store.createRun({ ...run, deadlineMs: 1_000 });
    await worker.start();
    await clock.advance(1_000);
    // The method ignores its signal: it is given up after its grace.
    await clock.advance(10_000);
    await finishing;
    await clock.advance(3_000);
    expect((await store.findRun({ runId: run.id }))?.status).toBe('FAILED');
    expect(worker.health.runs).toBe(1);
    answer();
    await clock.advance(0);
    expect(worker.health.runs).toBe(0);
    expect(logger.lines.filter(({ fields }) => 'err' in fields)).toEqual([]);
    await worker.close();
  });

  it('costs less than one query per second while there is nothing to do', async () => {
    let polls = 0;
    const { worker, clock } = workerOver((memory) => ({ poll: (params) => (polls++, memory.poll(params)) }));
    await worker.start();
    await clock.advance(60_000);
    // The listening connection is asked every 15 s on top of that.
    expect(polls).toBeGreaterThan(20);
    expect(polls + 60 / 15).toBeLessThan(60);
    await worker.close();
  });

  it('keeps a place for each run that is being created, and no more than it has', async () => {
    const { worker } = workerOver(() => ({}));
    await worker.start();
    const kept = Array.from({ length: 101 }, () => worker.reserve('default'));
    expect(kept.filter(Boolean)).toHaveLength(100);
    worker.unreserve();
    expect([worker.reserve('default'), worker.reserve('default'), worker.reserve('other')]).toEqual([
      true,
      false,
      false,
    ]);
  });
});
