import 'reflect-metadata';
import { container } from 'tsyringe';
import { defineWorkflow, NonRetryableError, signal, Task, Flow, Workflow, WorkflowRunner } from 'typeflow';
import type { TaskContext } from 'typeflow';
import { createTestRunner } from '../../src/testing';
import type { TestRunner, TestRunnerOptions } from '../../src/testing';

const approved = signal<{ by: string }>('approved');
const EPOCH = new Date('2026-01-01T00:00:00Z');
const DAY = 86_400_000;

@Workflow({ name: 'approvals' })
class Approvals {
  @Task()
  ask(): string {
    return 'asked';
  }

  @Task({ dependsOn: ['ask'] })
  approval(_asked: string, ctx: TaskContext<void>) {
    return ctx.waitFor(approved, { timeout: '7d' });
  }

  @Flow({ dependsOn: ['approval'] })
  main(approval: { by: string }, _ctx: TaskContext<void>): string {
    return approval.by;
  }
}

const sleeper = defineWorkflow('sleeper')
  .flow('month', (_input: void, ctx: TaskContext<void>) => ctx.sleep('30d'))
  .flow('forEver', (_input: void, ctx: TaskContext<void>) => ctx.waitFor('nobody'))
  .build();

/** 10,000 retries, 53 minutes apart: more than a year. */
const stubborn = defineWorkflow('stubborn')
  .flow(
    'main',
    {
      retries: { max: 10_000, backoff: 'constant', initialDelay: '53m', maxDelay: '53m', jitter: false },
      timeout: false,
    },
    () => {
      throw new Error('not yet');
    },
  )
  .build();

let t: TestRunner | undefined;

async function create(options: Partial<TestRunnerOptions> = {}): Promise<TestRunner> {
  t = await createTestRunner({ workflows: [Approvals, sleeper, stubborn], now: EPOCH, ...options });
  return t;
}

afterEach(async () => {
  jest.restoreAllMocks();
  await t?.close();
  t = undefined;
});

const passed = (runner: TestRunner): number => runner.now.getTime() - EPOCH.getTime();

test('a run skips the time in which nothing happens', async () => {
  const runner = await create();
  await runner.run(sleeper, 'month', undefined);
  expect(passed(runner)).toBe(30 * DAY);
});

test('a started run waits until time is advanced', async () => {
  const runner = await create();
  const run = await runner.start(sleeper, 'month', undefined);
  await runner.advance('29d');
  expect((await runner.get(run))?.status).toBe('WAITING');
  await runner.advance('1d');
  expect((await runner.get(run))?.status).toBe('COMPLETED');
  expect(passed(runner)).toBe(30 * DAY);
});

test.each(['5m', '3h', '200d'] as const)('a delay of %s ends at its instant', async (delay) => {
  const runner = await create();
  const run = await runner.start(Approvals, 'main', undefined, { delay });
  await runner.until(run, 'ask', 'COMPLETED');
  const [call] = runner.calls(Approvals, 'ask');
  const record = await runner.get(run);
  expect(call?.at).toEqual(record?.startedAt);
  expect(passed(runner)).toBe({ '5m': 300_000, '3h': 10_800_000, '200d': 200 * DAY }[delay]);
});

test('a deadline ends a run at its instant', async () => {
  const runner = await create();
  const failure = runner.run(Approvals, 'main', undefined, { deadline: '2d' });
  await expect(failure).rejects.toMatchObject({ cause: { code: 'DEADLINE_EXCEEDED' } });
  expect(passed(runner)).toBe(2 * DAY);
});

test('an approval that comes after two days', async () => {
  const runner = await create();
  const run = await runner.start(Approvals, 'main', undefined);
  await runner.until(run, 'approval', 'WAITING');
  await runner.advance('2d');
  await runner.signal(run, approved, { by: 'ann' });
  await runner.until(run, 'main', 'COMPLETED');
  expect(await run.result()).toBe('ann');
  expect(passed(runner)).toBe(2 * DAY);
});

test('an approval that does not come within its time', async () => {
  const runner = await create();
  await expect(runner.run(Approvals, 'main', undefined)).rejects.toMatchObject({ task: 'approval' });
  expect(passed(runner)).toBe(7 * DAY);
});

test('a wait that nothing can end is an error that says so', async () => {
  const runner = await create();
  await expect(runner.run(sleeper, 'forEver', undefined)).rejects.toThrow(/signal that nobody has sent/);
});

test('a child that nobody can execute is an error that names its workflow', async () => {
  const kid = defineWorkflow('kid')
    .flow('main', async () => 1)
    .build();
  const parent = defineWorkflow('parent')
    .task('child', async (_: void, ctx: TaskContext<void>) => ctx.child(kid, 'main', undefined))
    .flow('main', { dependsOn: ['child'] }, async (n: number, _ctx: TaskContext<void>) => n)
    .build();
  const runner = await create({ workflows: [parent] });
  await expect(runner.run(parent, 'main', undefined)).rejects.toThrow(
    /is of workflow "kid", which nobody here has; add it to createTestRunner/,
  );
});

test('until says how the run ended without', async () => {
  const runner = await create();
  runner.override(Approvals, {
    ask: () => {
      throw new NonRetryableError('no');
    },
  });
  const run = await runner.start(Approvals, 'main', undefined);
  await expect(runner.until(run, 'approval', 'COMPLETED')).rejects.toThrow(/ended FAILED, and approval SKIPPED/);
  await expect(runner.until(run, 'nothing', 'COMPLETED')).rejects.toThrow(/has no node "nothing"/);
});

test('real work in a method is not timed out', async () => {
  const runner = await create();
  runner.override(Approvals, {
    ask: () => new Promise<string>((resolve) => setTimeout(() => resolve('late'), 20)),
    approval: async (asked) => ({ by: asked }),
  });
  expect(await runner.run(Approvals, 'main', undefined)).toBe('late');
  expect(passed(runner)).toBe(0);
});

test('10,000 retries within more than a year', async () => {
  const runner = await create();
  await expect(runner.run(stubborn, 'main', undefined)).rejects.toMatchObject({ code: 'RUN_FAILED' });
  expect(runner.calls(stubborn, 'main')).toHaveLength(10_001);
  expect(passed(runner)).toBe(10_000 * 53 * 60_000);
  expect(passed(runner)).toBeGreaterThan(365 * DAY);
}, 120_000);

test('a schedule begins a run at each tick', async () => {
  const nightly = defineWorkflow('nightly')
    .flow('main', { schedule: { cron: '0 3 * * *', input: (tick: Date) => tick } }, async (tick: Date) => tick)
    .build();
  const runner = await createTestRunner({ workflows: [nightly], container, now: EPOCH });
  try {
    await runner.advance('3d');
    const calls = runner.calls(nightly, 'main');
    expect(calls.map(({ args }) => (args[0] as Date).getTime() - EPOCH.getTime())).toEqual(
      [3, 27, 51].map((hours) => hours * 3_600_000),
    );
    expect(calls.map(({ at }) => at.getUTCHours())).toEqual([3, 3, 3]);
  } finally {
    await runner.close();
  }
});

test('the container of the application stays as it is, and runners do not meet in it', async () => {
  const [first, second] = [await create(), await createTestRunner({ workflows: [Approvals], container })];
  expect(container.isRegistered(WorkflowRunner as never)).toBe(false);
  first.override(Approvals, { approval: async () => ({ by: 'first' }) });
  second.override(Approvals, { approval: async () => ({ by: 'second' }) });
  expect(await first.run(Approvals, 'main', undefined)).toBe('first');
  expect(await second.run(Approvals, 'main', undefined)).toBe('second');
  await second.close();
});

test('an override of what is no node is refused', async () => {
  const runner = await create();
  expect(() => runner.override(sleeper, { nothing: () => 1 })).toThrow(/sleeper has no node "nothing"/);
});

test('after three real seconds it is said for which call time stands still', async () => {
  const warned = new Promise((resolve) => {
    jest.spyOn(process, 'emitWarning').mockImplementation((...warning: unknown[]) => resolve(warning));
  });
  let goOn = (): void => undefined;
  const hanging = defineWorkflow('hanging')
    .flow('main', async (_: void) => new Promise<void>((resolve) => (goOn = resolve)))
    .build();
  const runner = await create({ workflows: [hanging] });
  const result = runner.run(hanging, 'main');
  const [message, options] = (await warned) as [string, object];
  expect(message).toContain('until hanging.main (attempt 1) has ended');
  expect(options).toMatchObject({ code: 'TYPEFLOW_TEST_STANDSTILL' });
  goOn();
  await result;
});
