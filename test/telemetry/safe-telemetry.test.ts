import { AsyncLocalStorage } from 'node:async_hooks';
import { defineWorkflow, WorkflowRunner } from '../../src/index';
import type { Telemetry } from '../../src/index';
import { SafeAttempt, safeTelemetry } from '../../src/telemetry/safe-telemetry';
import { MemoryLogger } from '../fixtures/memory-logger';

const orders = defineWorkflow('orders')
  .task('a', () => 1)
  .flow('main', { dependsOn: ['a'] }, (a: number) => a + 1)
  .build();

const boom = (): never => {
  throw new Error('telemetry is broken');
};

const FACTS = { runId: 'r', workflow: 'orders', flow: 'main', queue: 'default' };

describe('telemetry that fails', () => {
  const everythingThrows: Telemetry = {
    starting: boom,
    runBegun: boom,
    callBegun: boom,
    flushed: boom,
    leaseLost: boom,
    observeQueues: boom,
    logFields: boom,
  };
  const observersThrow: Telemetry = {
    starting: () => ({
      get trace(): string {
        return boom();
      },
      ended: boom,
    }),
    runBegun: () => ({
      attempt: () => ({
        get trace(): string {
          return boom();
        },
        run: boom,
        ended: boom,
      }),
      offered: boom,
      nodeEnded: boom,
      ended: boom,
    }),
    observeQueues: () => boom,
  };

  it.each([
    ['at every call', everythingThrows],
    ['in everything that it answered with', observersThrow],
  ])('%s harms no run, and is logged once', async (_, telemetry) => {
    const logger = new MemoryLogger();
    await using runner = await WorkflowRunner.create({ workflows: [orders], database: 'memory:', telemetry, logger });
    await expect(runner.run(orders, 'main')).resolves.toBe(2);
    await expect(runner.run(orders, 'main')).resolves.toBe(2);
    await runner.close();
    const told = logger.lines.filter(({ level }) => level === 'error');
    expect(told.map(({ message }) => message)).toEqual([
      'telemetry failed; runs go on, and further failures are not logged',
    ]);
    expect(told[0]?.fields).toEqual({ err: expect.objectContaining({ message: 'telemetry is broken' }) });
  });

  it('does not keep another from hearing', async () => {
    const heard: string[] = [];
    const hearing: Telemetry = {
      starting: ({ flow }) => ({ trace: 'mine', ended: ({ outcome }) => heard.push(`start ${flow} ${outcome}`) }),
      runBegun: ({ trace }) => ({
        attempt: ({ task }) => ({ ended: ({ outcome }) => heard.push(`${task} ${outcome}`) }),
        ended: ({ outcome }) => heard.push(`${trace} ${outcome}`),
      }),
    };
    await using runner = await WorkflowRunner.create({
      workflows: [orders],
      database: 'memory:',
      telemetry: [everythingThrows, observersThrow, hearing],
      logger: new MemoryLogger(),
    });
    await expect(runner.run(orders, 'main')).resolves.toBe(2);
    expect(heard.sort()).toEqual(['a completed', 'main completed', 'mine over', 'start main created']);
  });
});

describe('a method that telemetry calls', () => {
  const attempt = (run: <T>(body: () => T) => T): SafeAttempt => new SafeAttempt({ run }, (call) => call());

  it('is called once, whatever is done with it', () => {
    let calls = 0;
    const twice = attempt((body) => (body(), body()));
    expect(twice.run(() => ++calls)).toBe(1);
    const never = attempt(() => 'something else' as never);
    expect(never.run(() => ++calls)).toBe(2);
  });

  it('throws to its caller what it throws, and not to telemetry', () => {
    const seen: unknown[] = [];
    const watching = attempt((body) => {
      seen.push(body());
      return undefined as never;
    });
    const error = new Error('the method failed');
    expect(() =>
      watching.run(() => {
        throw error;
      }),
    ).toThrow(error);
    expect(seen).toEqual([undefined]);
  });

  it('runs in the context that telemetry gives it, through its awaits', async () => {
    const storage = new AsyncLocalStorage<string>();
    const within = attempt((body) => storage.run('inside', body));
    const asked = within.run(async () => {
      await Promise.resolve();
      return storage.getStore();
    });
    expect(await asked).toBe('inside');
    expect(storage.getStore()).toBeUndefined();
  });
});

describe('what telemetry gives to be kept', () => {
  it.each([
    ['is kept as it is', '00-aa-bb-01', '00-aa-bb-01'],
    ['is not kept when it is too long', 'x'.repeat(1_001), undefined],
    ['is not kept when the database could not store it', 'a\0b', undefined],
    ['is not kept when it is no text', 7 as unknown as string, undefined],
  ])('%s', (_, trace, kept) => {
    const safe = safeTelemetry({ starting: () => ({ trace }) }, new MemoryLogger());
    expect(safe?.starting(FACTS).trace).toBe(kept);
  });

  it('is nothing where there is no telemetry', () => {
    expect(safeTelemetry(undefined, new MemoryLogger())).toBeUndefined();
  });
});
