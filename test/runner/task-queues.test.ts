import { NonRetryableError, all, defineWorkflow, each, failed } from '../../src';
import type { AttemptAbortedError, TaskContext, TaskError } from '../../src';
import { toRunRecord } from '../../src/runner/run-record';
import { decodeFailure } from '../../src/core/errors/failure-record';
import { untilAborted } from '../engine/engine-fixture';
import { Gate } from '../engine/gate';
import { Fleet, nodeOf, withWork } from './fleet-fixture';
import type { AnyWorkflow } from './fleet-fixture';

let fleet: Fleet;

beforeEach(() => {
  fleet = new Fleet();
});

afterEach(async () => {
  await fleet.close();
});

const RETRIES = { max: 2, backoff: 'constant', initialDelay: '1s', jitter: false } as const;

describe('a task with a queue that the owner of its run does not serve', () => {
  it('is called by the worker that serves it, with its arguments, and the run goes on with its value', async () => {
    const seen: unknown[] = [];
    const workflow = withWork(async (n, ctx) => {
      seen.push([
        n,
        ctx.input,
        ctx.attempt,
        ctx.idempotencyKey.replace(ctx.runId, ''),
        gpu.health.tasks,
        owner.health.tasks,
      ]);
      return { at: new Date(5), n };
    });
    const owner = await fleet.worker([workflow], ['default']);
    const gpu = await fleet.worker([workflow], ['gpu']);
    const id = await fleet.start(workflow, 41);
    expect(await fleet.output(id)).toEqual({ at: new Date(5), n: 42 });
    expect(seen).toEqual([[42, 41, 1, ':work', 1, 0]]);
    expect(nodeOf(await fleet.run(id), 'work')).toMatchObject({ status: 'COMPLETED', attempt: 1, attempts: [] });
    await fleet.until('removal of the call', async () => (await fleet.calls(id)) === 0);
  });

  it('is called in place by an owner that serves the queue', async () => {
    const workflow = withWork(async (n) => n);
    await fleet.worker([workflow], ['default', 'gpu']);
    const id = await fleet.start(workflow, 1);
    let calls = 0;
    await fleet.until('end of the run', async () => {
      calls += await fleet.calls(id);
      return (await fleet.run(id)).finishedAt !== undefined;
    });
    expect([await fleet.output(id), calls]).toEqual([2, 0]);
  });

  it('may be a compensation', async () => {
    const undone: unknown[] = [];
    const workflow = defineWorkflow('queued')
      .task('work', async (n: number) => ({ n }))
      .flow('main', { dependsOn: ['work'] }, async (_: { n: number }, _ctx: TaskContext<number>): Promise<number> => {
        throw new NonRetryableError('no');
      })
      .compensate('work', { queue: 'gpu' }, async ({ n }, ctx) => {
        undone.push([n, ctx.attempt, gpu.health.tasks, owner.health.tasks]);
        return 'undone';
      })
      .build() as AnyWorkflow;
    const owner = await fleet.worker([workflow], ['default']);
    const gpu = await fleet.worker([workflow], ['gpu']);
    const run = await fleet.ended(await fleet.start(workflow, 41));
    expect(run.status).toBe('FAILED');
    expect(undone).toEqual([[41, 1, 1, 0]]);
    expect(nodeOf(run, 'work-compensation')).toMatchObject({ status: 'COMPLETED', output: '"undone"' });
  });

  it('waits while nobody serves the queue, or only with code of another shape', async () => {
    const workflow = withWork(async (n) => n);
    await fleet.worker([workflow], ['default'], { parkAfter: '1s' });
    const other = defineWorkflow('queued')
      .task('work', { queue: 'gpu' }, async () => 1)
      .flow('main', { dependsOn: ['work'] }, async (n: number, _ctx: TaskContext<number>) => n)
      .build() as AnyWorkflow;
    await fleet.worker([other], ['gpu']);
    const id = await fleet.start(workflow, 1);
    await fleet.clock.advance(30_000);
    expect((await fleet.run(id)).status).toBe('WAITING');
    expect(await fleet.calls(id)).toBe(1);
    await fleet.worker([workflow], ['gpu']);
    expect(await fleet.output(id)).toBe(2);
  });

  it('is mapped: every instance is a call of its own, as many at a time as its worker has places', async () => {
    let most = 0;
    const workflow = defineWorkflow('mapped')
      .task('split', async (n: number) => Array.from({ length: n }, (_, i) => ({ i })))
      .task('square', { dependsOn: [each('split')], queue: 'gpu' }, async ({ i }: { i: number }) => {
        most = Math.max(most, gpu.health.tasks);
        await new Promise((resolve) => setImmediate(resolve));
        if (i === 3) throw new NonRetryableError('three is not for me');
        return i * i;
      })
      .task('sum', { dependsOn: [failed('square')], queue: 'gpu' }, async (error: TaskError) => error.message)
      .flow('main', { dependsOn: ['sum'] }, async (text: string, _ctx: TaskContext<number>) => text)
      .build() as AnyWorkflow;
    await fleet.worker([workflow], ['default']);
    const gpu = await fleet.worker([workflow], ['gpu'], { tasks: 4 });
    const id = await fleet.start(workflow, 30);
    expect(await fleet.output(id)).toBe('three is not for me');
    expect(most).toBe(4);
    const done = (await fleet.run(id)).nodes.filter(({ node, status }) => node === 'square' && status === 'COMPLETED');
    expect(done).toHaveLength(29);
  });

  it('hands a whole map to a task of the queue', async () => {
    const workflow = defineWorkflow('joined')
      .task('split', async (n: number) => [n, n + 1])
      .task('part', { dependsOn: [each('split')] }, async (n: number) => n * 10)
      .task('join', { dependsOn: [all('part'), 'split'], queue: 'gpu' }, async (parts: number[], whole: number[]) => [
        parts,
        whole,
      ])
      .flow('main', { dependsOn: ['join'] }, async (all: unknown, _ctx: TaskContext<number>) => all)
      .build() as AnyWorkflow;
    await fleet.worker([workflow], ['default']);
    await fleet.worker([workflow], ['gpu']);
    expect(await fleet.output(await fleet.start(workflow, 1))).toEqual([
      [10, 20],
      [1, 2],
    ]);
  });

  it('may be a handler: it gets the error that the flow ended with', async () => {
    const seen: string[] = [];
    const workflow = defineWorkflow('handled')
      .task('work', { queue: 'gpu' }, async (): Promise<number> => {
        throw Object.assign(new TypeError('no such model'), { code: 'NO_MODEL', size: 7 });
      })
      .flow('main', { dependsOn: ['work'] }, async (n: number, _ctx: TaskContext<number>) => n)
      .task('report', { dependsOn: [failed('main')], queue: 'gpu' }, async (error: TaskError) => {
        seen.push(`${error.task}: ${error.message}`);
      })
      .build() as AnyWorkflow;
    await fleet.worker([workflow], ['default']);
    await fleet.worker([workflow], ['gpu']);
    const run = await fleet.ended(await fleet.start(workflow, 1));
    expect(run.status).toBe('FAILED');
    expect(decodeFailure(run.error ?? '')).toMatchObject({
      name: 'TypeError',
      message: 'no such model',
      code: 'NO_MODEL',
      data: { size: 7 },
      task: 'work',
      attempts: 1,
    });
    expect(decodeFailure(run.error ?? '').stack).toContain('task-queues.test.ts');
    expect(seen).toEqual(['work: no such model']);
  });

  it('may skip', async () => {
    const workflow = withWork(async (_, ctx) => ctx.skip('no GPU needed'));
    await fleet.worker([workflow], ['default']);
    await fleet.worker([workflow], ['gpu']);
    const run = await fleet.ended(await fleet.start(workflow, 1));
    expect(nodeOf(run, 'work')).toMatchObject({ status: 'SKIPPED', reason: { reason: 'no GPU needed' } });
  });
});

describe('the record of such a run', () => {
  it('shows what another worker calls as RUNNING, with its attempt', async () => {
    const gate = new Gate();
    const workflow = withWork(
      async (n, ctx) => {
        if (ctx.attempt === 1) throw new Error('busy');
        return gate.opened.then(() => n);
      },
      { retries: RETRIES },
    );
    const shown = async (): Promise<unknown> => {
      const run = toRunRecord(await fleet.run(id), { nodes: workflow.graph.flows.get('main')?.nodes ?? [] });
      const work = run.nodes.find(({ task }) => task === 'work');
      return [work?.status, work?.attempt, work?.attempts.length];
    };
    await fleet.worker([workflow], ['default'], { parkAfter: '3s' });
    const id = await fleet.start(workflow, 1);
    await fleet.until('call', async () => (await fleet.calls(id)) === 1);
    expect(await shown()).toEqual(['PENDING', 0, 0]);
    await fleet.worker([workflow], ['gpu']);
    await fleet.until('backoff', async () => (await fleet.run(id)).nodes.some(({ status }) => status === 'WAITING'));
    expect(await shown()).toEqual(['WAITING', 1, 1]);
    await fleet.until('parking', async () => (await fleet.run(id)).status === 'WAITING');
    expect(await shown()).toEqual(['RUNNING', 2, 1]);
    gate.open();
    await fleet.ended(id);
    expect(await shown()).toEqual(['COMPLETED', 2, 2]);
  });
});

describe('the attempts of such a task', () => {
  it('are retried as the owner decides, with the backoff that was drawn', async () => {
    const starts: number[] = [];
    const workflow = withWork(
      async (_, ctx) => {
        starts.push(fleet.clock.now());
        if (ctx.attempt < 3) throw new Error(`attempt ${ctx.attempt}`);
        return ctx.attempt;
      },
      { retries: RETRIES },
    );
    await fleet.worker([workflow], ['default']);
    await fleet.worker([workflow], ['gpu']);
    const id = await fleet.start(workflow, 1);
    expect(await fleet.output(id)).toBe(3);
    expect(starts.slice(1).every((at, i) => at - (starts[i] as number) >= 1_000)).toBe(true);
    expect(nodeOf(await fleet.run(id), 'work').attempts).toMatchObject([
      { attempt: 1, outcome: 'failed', delayMs: 1_000, error: { message: 'attempt 1' } },
      { attempt: 2, outcome: 'failed', delayMs: 1_000, error: { message: 'attempt 2' } },
      { attempt: 3, outcome: 'completed' },
    ]);
  });

  it('end after their timeout, which does not count the time in the queue', async () => {
    const causes: unknown[] = [];
    const workflow = withWork(
      async (_, ctx) => {
        ctx.signal.addEventListener('abort', () => causes.push((ctx.signal.reason as Error).name));
        return new Promise(() => undefined);
      },
      { timeout: '2s' },
    );
    await fleet.worker([workflow], ['default']);
    const id = await fleet.start(workflow, 1);
    await fleet.clock.advance(10_000);
    expect((await fleet.run(id)).finishedAt).toBeUndefined();
    await fleet.worker([workflow], ['gpu']);
    const run = await fleet.ended(id);
    expect(nodeOf(run, 'work')).toMatchObject({ status: 'FAILED', attempts: [{ outcome: 'timed-out' }] });
    expect(decodeFailure(run.error ?? '').code).toBe('TASK_TIMEOUT');
    expect(causes).toEqual(['TaskTimeoutError']);
  });

  it('share a totalTimeout from the start of the first', async () => {
    let calls = 0;
    const workflow = withWork(
      async () => {
        calls++;
        throw new Error('busy');
      },
      { totalTimeout: '5s', retries: { ...RETRIES, max: 20 } },
    );
    await fleet.worker([workflow], ['default']);
    const id = await fleet.start(workflow, 1);
    await fleet.clock.advance(20_000);
    await fleet.worker([workflow], ['gpu']);
    const run = await fleet.ended(id);
    expect(decodeFailure(run.error ?? '')).toMatchObject({ code: 'TOTAL_TIMEOUT', cause: { message: 'busy' } });
    expect(calls).toBeGreaterThan(2);
    expect(calls).toBeLessThan(6);
  });

  it('are not begun when the queue let the rest of totalTimeout pass', async () => {
    let calls = 0;
    const workflow = withWork(
      async () => {
        calls++;
        throw new Error('busy');
      },
      { totalTimeout: '5s', retries: RETRIES },
    );
    await fleet.worker([workflow], ['default']);
    const gpu = await fleet.worker([workflow], ['gpu']);
    const id = await fleet.start(workflow, 1);
    await fleet.until('first call', () => calls === 1);
    await Promise.all([gpu.close(), fleet.clock.advance(10_000)]);
    expect((await fleet.run(id)).finishedAt).toBeUndefined();
    await fleet.worker([workflow], ['gpu']);
    expect(decodeFailure((await fleet.ended(id)).error ?? '').code).toBe('TOTAL_TIMEOUT');
    expect(calls).toBe(1);
  });

  it('are given back uncharged by a worker that closes, and made by another', async () => {
    const attempts: number[] = [];
    const started = new Gate();
    let isFirst = true;
    const workflow = withWork(
      async (n, ctx) => {
        attempts.push(ctx.attempt);
        started.open();
        if (!isFirst) return n;
        isFirst = false;
        return untilAborted(ctx.signal).catch((error: AttemptAbortedError) =>
          attempts.push(error.reason === 'shutdown' ? 0 : -1),
        );
      },
      { retries: { ...RETRIES, max: 0 } },
    );
    await fleet.worker([workflow], ['default']);
    const closing = await fleet.worker([workflow], ['gpu']);
    const id = await fleet.start(workflow, 1);
    await fleet.until('call', () => attempts.length > 0);
    await Promise.all([closing.close(), fleet.clock.advance(1_000)]);
    await fleet.worker([workflow], ['gpu']);
    expect(await fleet.output(id)).toBe(2);
    expect(attempts).toEqual([1, 0, 1]);
  });
});
