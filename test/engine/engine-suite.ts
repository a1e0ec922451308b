import 'reflect-metadata';
import { container as globalContainer } from 'tsyringe';
import {
  AttemptAbortedError,
  DeadlineError,
  FlowSkippedError,
  IdempotencyConflictError,
  NotAFlowError,
  RunCancelledError,
  RunFailedError,
  RunNotRetryableError,
  TaskTimeoutError,
  ValueNotStorableError,
  WaitAbortedError,
  WorkflowRunner,
  all,
  allSettled,
  defineWorkflow,
  each,
  failed,
  optional,
  settled,
} from '../../src';
import type { Outcome, RunRecord, RunnerOptions, TaskContext, TaskError } from '../../src';
import { decode } from '../../src/core/codec/decode';
import { encode } from '../../src/core/codec/encode';
import { MemoryLogger } from '../fixtures/memory-logger';
import { Gate } from './gate';
import { oneOfEach, show, valuesWorkflow } from './values-workflow';

/** What one runner promises, whatever the store: every store runs these same cases. */
export function engineSuite(
  name: string,
  openDatabase: () => Promise<{ database: RunnerOptions['database']; drop(): Promise<void> }>,
): void {
  describe(`the engine on ${name}`, () => {
    let database: Awaited<ReturnType<typeof openDatabase>>;
    let runner: WorkflowRunner;
    const logger = new MemoryLogger();

    const createRunner = (
      workflows: RunnerOptions['workflows'],
      options: Partial<RunnerOptions> = {},
    ): Promise<WorkflowRunner> =>
      WorkflowRunner.create({
        workflows,
        database: database.database ?? 'memory:',
        container: globalContainer.createChildContainer(),
        logger,
        worker: { poll: '100ms', cancelGrace: '200ms', drain: '2s' },
        ...options,
      });

    /** A runner with these workflows; the one before it is closed. */
    const use = async (...workflows: RunnerOptions['workflows']): Promise<WorkflowRunner> => {
      await runner?.close();
      runner = await createRunner(workflows);
      return runner;
    };

    beforeAll(async () => {
      database = await openDatabase();
    });

    afterAll(async () => {
      await runner?.close();
      await database.drop();
    });

    const statuses = (run: RunRecord | undefined): Record<string, string> =>
      Object.fromEntries(
        (run?.nodes ?? []).map((node) => [
          node.index === undefined ? node.task : `${node.task}[${node.index}]`,
          node.status,
        ]),
      );

    describe('values along the edges', () => {
      it('hands the run input to nodes without dependencies, and values in the order of dependsOn', async () => {
        const sums = defineWorkflow('sums')
          .task('double', async (n: number) => n * 2)
          .task('square', async (n: number) => n * n)
          .flow(
            'main',
            { dependsOn: ['square', 'double'] },
            async (square: number, double: number, ctx: TaskContext<number>) => ({
              square,
              double,
              input: ctx.input,
            }),
          )
          .build();
        await use(sums);
        expect(await runner.run(sums, 'main', 3)).toEqual({ square: 9, double: 6, input: 3 });
      });

      it('maps over elements, and gathers values and outcomes in element order', async () => {
        const mapping = defineWorkflow('mapping')
          .task('items', async (n: number) => Array.from({ length: n }, (_, i) => i))
          .task('half', { dependsOn: [each('items')] }, async (i: number, ctx: TaskContext<number>) => {
            if (i % 2 === 1) ctx.skip('odd');
            return i / 2;
          })
          .task('risky', { dependsOn: [each('items')] }, async (i: number) => {
            if (i === 1) throw new Error('one is bad');
            return i;
          })
          .flow(
            'main',
            { dependsOn: [all('half'), allSettled('risky')] },
            async (halves: number[], outcomes: Outcome<number>[], _ctx: TaskContext<number>) => ({
              halves,
              risky: outcomes.map((outcome) => (outcome.status === 'COMPLETED' ? outcome.value : outcome.status)),
            }),
          )
          .build();
        await use(mapping);
        expect(await runner.run(mapping, 'main', 5)).toEqual({ halves: [0, 1, 2], risky: [0, 'FAILED', 2, 3, 4] });
        expect(await runner.run(mapping, 'main', 0)).toEqual({ halves: [], risky: [] });
        const { items } = await runner.list({ workflow: 'mapping', limit: 1 });
        expect(items[0]?.status).toBe('COMPLETED');
      });

      it('gives each task its own copy: what one does to its argument no other sees', async () => {
        const copies = defineWorkflow('copies')
          .task('make', async () => ({ tags: ['a'] }))
          .task('spoil', { dependsOn: ['make'] }, async (value: { tags: string[] }) => value.tags.push('b'))
          .task('read', { dependsOn: ['make', 'spoil'] }, async (value: { tags: string[] }) => value.tags)
          .flow('main', { dependsOn: ['read'] }, async (tags: string[], _ctx: TaskContext<void>) => tags)
          .build();
        await use(copies);
        expect(await runner.run(copies, 'main')).toEqual(['a']);
      });

      it('tolerates what optional and settled say', async () => {
        const tolerant = defineWorkflow('tolerant')
          .task('skips', async (_: string, ctx: TaskContext<string>): Promise<string> => ctx.skip('not today'))
          .task('skipsToo', async (_: string, ctx: TaskContext<string>): Promise<string> => ctx.skip('nor today'))
          .task('fails', async (): Promise<string> => {
            throw Object.assign(new Error('no'), { code: 'E_NO' });
          })
          .flow(
            'main',
            { dependsOn: [optional('skips'), settled('skipsToo'), settled('fails')] },
            async (
              value: string | undefined,
              skip: Outcome<string>,
              fail: Outcome<string>,
              _ctx: TaskContext<string>,
            ) => [
              value,
              skip,
              fail.status === 'FAILED' && {
                message: fail.error.message,
                code: fail.error.code,
                task: fail.error.task,
                attempts: fail.error.attempts,
              },
            ],
          )
          .build();
        await use(tolerant);
        expect(await runner.run(tolerant, 'main', 'x')).toEqual([
          undefined,
          { status: 'SKIPPED', reason: 'nor today' },
          { message: 'no', code: 'E_NO', task: 'fails', attempts: 1 },
        ]);
      });
    });

    describe('the outcome of a run', () => {
      it('is FAILED with the first failure in definition order; the original error is the cause', async () => {
        const broken = new TypeError('broken');
        const failing = defineWorkflow('failing')
          .task('a', async () => 1)
          .task('b', { dependsOn: ['a'] }, async (): Promise<number> => {
            throw broken;
          })
          .task('c', { dependsOn: ['b'] }, async (n: number) => n)
          .flow('main', { dependsOn: ['c'] }, async (n: number, _ctx: TaskContext<void>) => n)
          .build();
        await use(failing);
        const handle = await runner.start(failing, 'main');
        const error = await handle.result().catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(RunFailedError);
        expect(error).toMatchObject({ runId: handle.id, task: 'b', code: 'RUN_FAILED', cause: broken });
        const run = await handle.get();
        expect(run).toMatchObject({
          status: 'FAILED',
          error: { name: 'TypeError', message: 'broken', task: 'b', attempts: 1 },
          errors: [],
        });
        expect(statuses(run)).toEqual({ a: 'COMPLETED', b: 'FAILED', c: 'SKIPPED', main: 'SKIPPED' });
        expect(run?.nodes[2]?.reason).toEqual({ code: 'edge-unmet', rule: 'completed', from: 'b', upstream: 'FAILED' });
      });

      it('is FAILED with FlowSkippedError when the flow does not tolerate a skip', async () => {
        const skipping = defineWorkflow('skipping')
          .task('maybe', async (_: void, ctx: TaskContext<void>): Promise<number> => ctx.skip('nothing to do'))
          .flow('main', { dependsOn: ['maybe'] }, async (n: number, _ctx: TaskContext<void>) => n)
          .build();
        await use(skipping);
        const error = (await runner.run(skipping, 'main').catch((thrown: unknown) => thrown)) as RunFailedError;
        expect(error.cause).toBeInstanceOf(FlowSkippedError);
        expect(error.cause).toMatchObject({ task: 'maybe', reason: 'nothing to do' });
      });

      it('runs handlers of a failure, which never change it', async () => {
        const seen: TaskError[] = [];
        const handled = defineWorkflow('handled')
          .task('pay', async (): Promise<number> => {
            throw new Error('card refused');
          })
          .task('ship', { dependsOn: ['pay'] }, async (n: number) => n)
          .flow('main', { dependsOn: ['ship'] }, async (n: number, _ctx: TaskContext<void>) => n)
          .task('onFailure', { dependsOn: [failed('main')] }, async (error: TaskError) => {
            seen.push(error);
            throw new Error('the handler fails too');
          })
          .task('always', { always: true }, async () => 'cleaned up')
          .build();
        await use(handled);
        const handle = await runner.start(handled, 'main');
        await expect(handle.result()).rejects.toThrow('card refused');
        expect(seen).toHaveLength(1);
        expect(seen[0]).toBeInstanceOf(Error);
        expect(seen[0]).toMatchObject({ message: 'card refused', task: 'pay' });
        const run = await handle.get();
        expect(statuses(run)).toEqual({
          pay: 'FAILED',
          ship: 'SKIPPED',
          onFailure: 'FAILED',
          always: 'COMPLETED',
          main: 'SKIPPED',
        });
        expect(run?.errors.map(({ message }) => message)).toEqual(['the handler fails too']);
      });
    });

    describe('attempts', () => {
      it('are repeated as retries says, and every one is on record', async () => {
        const flaky = defineWorkflow('flaky')
          .task(
            'call',
            { retries: { max: 3, backoff: 'constant', initialDelay: 1, jitter: false } },
            async (_: void, ctx: TaskContext<void>) => {
              if (ctx.attempt < 3) throw new Error(`attempt ${ctx.attempt}`);
              return ctx.idempotencyKey;
            },
          )
          .flow('main', { dependsOn: ['call'] }, async (key: string, _ctx: TaskContext<void>) => key)
          .build();
        await use(flaky);
        const handle = await runner.start(flaky, 'main');
        expect(await handle.result()).toBe(`${handle.id}:call`);
        const call = (await handle.get())?.nodes[0];
        expect(call).toMatchObject({ status: 'COMPLETED', attempt: 3 });
        expect(
          call?.attempts.map(({ attempt, outcome, delayMs, error }) => [attempt, outcome, delayMs, error?.message]),
        ).toEqual([
          [1, 'failed', 1, 'attempt 1'],
          [2, 'failed', 1, 'attempt 2'],
          [3, 'completed', undefined, undefined],
        ]);
      });

      it('that time out are failures, and what the method returns later is dropped', async () => {
        const late = new Gate();
        const slow = defineWorkflow('slow')
          .task('hang', { timeout: 20 }, async () => {
            await late.opened;
            return 'too late';
          })
          .flow('main', { dependsOn: ['hang'] }, async (text: string, _ctx: TaskContext<void>) => text)
          .build();
        await use(slow);
        const handle = await runner.start(slow, 'main');
        const error = (await handle.result().catch((thrown: unknown) => thrown)) as RunFailedError;
        expect(error.cause).toBeInstanceOf(TaskTimeoutError);
        late.open();
        await new Promise((resolve) => setImmediate(resolve));
        const hang = (await handle.get())?.nodes[0];
        expect(hang).toMatchObject({ status: 'FAILED', output: undefined, attempts: [{ outcome: 'timed-out' }] });
      });

      it('end at totalTimeout, with the last error as cause', async () => {
        const doomed = defineWorkflow('doomed')
          .task(
            'call',
            { retries: { max: 9, backoff: 'constant', initialDelay: '1h' }, totalTimeout: '1m' },
            async (): Promise<number> => {
              throw new Error('down');
            },
          )
          .flow('main', { dependsOn: ['call'] }, async (n: number, _ctx: TaskContext<void>) => n)
          .build();
        await use(doomed);
        const error = (await runner.run(doomed, 'main').catch((thrown: unknown) => thrown)) as RunFailedError;
        expect(error.cause).toMatchObject({ code: 'TOTAL_TIMEOUT', cause: { message: 'down' } });
      });

      it('fail with the path when a value cannot be stored, and the input is refused at start', async () => {
        const bad = defineWorkflow('bad-values')
          .task('make', { retries: 5 }, async (_input: unknown) => ({ text: 'a\u0000b' }))
          .flow('main', { dependsOn: ['make'] }, async (value: { text: string }, _ctx: TaskContext<unknown>) => value)
          .build();
        await use(bad);
        const handle = await runner.start(bad, 'main', 1);
        const error = (await handle.result().catch((thrown: unknown) => thrown)) as RunFailedError;
        expect(error.cause).toMatchObject({ code: 'VALUE_NOT_STORABLE', path: '$.text' });
        expect((await handle.get())?.nodes[0]).toMatchObject({ attempt: 1, status: 'FAILED' });
        const refused = await runner.start(bad, 'main', { callback: () => 1 }).catch((thrown: unknown) => thrown);
        expect(refused).toBeInstanceOf(ValueNotStorableError);
      });

      it('may throw anything', async () => {
        const thrown: unknown[] = [undefined, null, 'text', 42, {}, Object.freeze({ a: 1 }), 'a\u0000b', '\ud800'];
        const throwing = defineWorkflow('throwing')
          .task('throw', async (index: number): Promise<number> => {
            throw thrown[index];
          })
          .flow('main', { dependsOn: ['throw'] }, async (n: number, _ctx: TaskContext<number>) => n)
          .build();
        await use(throwing);
        for (const index of thrown.keys()) {
          const handle = await runner.start(throwing, 'main', index);
          await expect(handle.result()).rejects.toBeInstanceOf(RunFailedError);
          expect((await handle.get())?.nodes[0]).toMatchObject({ status: 'FAILED' });
        }
      });
    });

    describe('values', () => {
      it('arrive the same in the first pass, after a resume from the record, as the result and in a later read', async () => {
        const expected = show(decode(encode(oneOfEach(), { what: 'the table' })));
        const shown: string[] = [];
        const values = valuesWorkflow(shown);
        await use(values);
        const handle = await runner.start(values, 'main');
        await expect(handle.result()).rejects.toThrow('look again');
        const result = await (await runner.retry(handle.id)).result();
        expect(shown).toEqual([expected, expected]);
        expect(show(result)).toBe(expected);
        const node = (await handle.get())?.nodes.find(({ task }) => task === 'make');
        expect(show(node?.output)).toBe(expected);
      });
    });

    describe('starting', () => {
      const counting = defineWorkflow('counting')
        .task('count', async (n: number) => n + 1)
        .flow('main', { dependsOn: ['count'] }, async (n: number, _ctx: TaskContext<number>) => n)
        .flow('other', { dependsOn: ['count'] }, async (n: number, _ctx: TaskContext<number>) => -n)
        .build();

      it('finds the run of the same key, and refuses the key for another input or flow', async () => {
        await use(counting);
        const starts = Array.from({ length: 50 }, () => runner.start(counting, 'main', 1, { idempotencyKey: 'once' }));
        const ids = new Set((await Promise.all(starts)).map(({ id }) => id));
        expect(ids.size).toBe(1);
        expect(await runner.run(counting, 'main', 1, { idempotencyKey: 'once' })).toBe(2);
        const conflict = await runner
          .start(counting, 'main', 2, { idempotencyKey: 'once' })
          .catch((error: unknown) => error);
        expect(conflict).toBeInstanceOf(IdempotencyConflictError);
        expect(conflict).toMatchObject({ differs: 'input', runId: [...ids][0], key: 'once' });
        await expect(runner.start(counting, 'other', 1, { idempotencyKey: 'once' })).rejects.toMatchObject({
          differs: 'flow',
        });
      });

      it('names the flows when a task is started as one', async () => {
        await use(counting);
        const started = runner.start(counting, 'count' as 'main', 1);
        await expect(started).rejects.toThrow(
          '"count" is a task of workflow "counting", not a flow; start one of its flows: "main", "other"',
        );
        await expect(started).rejects.toBeInstanceOf(NotAFlowError);
        await expect(runner.start(counting, '__proto__' as 'main', 1)).rejects.toMatchObject({
          code: 'FLOW_NOT_FOUND',
        });
      });

      it('waits for delay, and lists by tag and status, newest first, page by page', async () => {
        await use(counting);
        const later = await runner.start(counting, 'main', 1, { delay: '1h', tags: ['slow', 'x'] });
        expect(await later.get()).toMatchObject({ status: 'PENDING', tags: ['slow', 'x'] });
        const ids: string[] = [];
        for (const n of [1, 2, 3]) ids.unshift((await runner.start(counting, 'main', n, { tags: ['page'] })).id);
        const first = await runner.list({ tags: ['page'], limit: 2 });
        const second = await runner.list({ tags: ['page'], limit: 2, ...(first.cursor && { cursor: first.cursor }) });
        expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(ids);
        expect(second.cursor).toBeUndefined();
        expect((await runner.list({ status: 'PENDING', tags: ['slow'] })).items.map(({ id }) => id)).toEqual([
          later.id,
        ]);
        expect(await later.cancel('not needed')).toBe(true);
        await expect(later.result()).rejects.toMatchObject({ code: 'RUN_CANCELLED', reason: 'not needed' });
        expect(await later.cancel()).toBe(false);
      });

      it('stops the waiting, not the run, when a signal or timeout says so', async () => {
        const gate = new Gate();
        const waiting = defineWorkflow('waiting')
          .task('wait', async () => gate.opened.then(() => 'done'))
          .flow('main', { dependsOn: ['wait'] }, async (text: string, _ctx: TaskContext<void>) => text)
          .build();
        await use(waiting);
        const handle = await runner.start(waiting, 'main');
        await expect(handle.result({ timeout: 5 })).rejects.toBeInstanceOf(WaitAbortedError);
        await expect(handle.result({ signal: AbortSignal.abort('bye') })).rejects.toMatchObject({ cause: 'bye' });
        gate.open();
        expect(await handle.result()).toBe('done');
      });

      it('ends FAILED at its deadline', async () => {
        const endless = defineWorkflow('endless')
          .task('hang', { timeout: false }, async (_: void, ctx: TaskContext<void>) => untilAborted(ctx.signal))
          .flow('main', { dependsOn: ['hang'] }, async (_value: unknown, _ctx: TaskContext<void>) => 1)
          .build();
        await use(endless);
        const error = (await runner
          .run(endless, 'main', undefined, { deadline: 60 })
          .catch((thrown: unknown) => thrown)) as RunFailedError;
        expect(error.cause).toBeInstanceOf(DeadlineError);
      });
    });

    describe('cancelling', () => {
      it('aborts what runs with the reason, runs only always tasks, and ends CANCELLED', async () => {
        const running = new Gate();
        let reason: unknown;
        const long = defineWorkflow('long')
          .task('before', async () => 1)
          .task('work', { dependsOn: ['before'], timeout: false }, async (_: number, ctx: TaskContext<void>) => {
            running.open();
            await untilAborted(ctx.signal).catch((error: unknown) => {
              reason = error;
              throw error;
            });
            return 1;
          })
          .task('after', { dependsOn: ['work'] }, async (n: number) => n)
          .flow('main', { dependsOn: ['after'] }, async (n: number, _ctx: TaskContext<void>) => n)
          .task('onFailure', { dependsOn: [failed('main')] }, async () => 'never')
          .task('cleanUp', { always: true }, async () => 'clean')
          .build();
        await use(long);
        const handle = await runner.start(long, 'main');
        await running.opened;
        expect(await handle.cancel('customer asked')).toBe(true);
        const error = await handle.result().catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(RunCancelledError);
        expect(error).toMatchObject({ reason: 'customer asked' });
        expect(reason).toBeInstanceOf(AttemptAbortedError);
        expect(reason).toMatchObject({ reason: 'cancel' });
        expect(statuses(await handle.get())).toEqual({
          before: 'COMPLETED',
          work: 'CANCELLED',
          after: 'CANCELLED',
          onFailure: 'CANCELLED',
          cleanUp: 'COMPLETED',
          main: 'CANCELLED',
        });
        expect(await handle.cancel()).toBe(false);
      });

      it('does not wait for a task that ignores its signal longer than cancelGrace', async () => {
        const running = new Gate();
        const never = new Gate();
        const deaf = defineWorkflow('deaf')
          .task('ignore', { timeout: false }, async () => {
            running.open();
            await never.opened;
            return 'late';
          })
          .flow('main', { dependsOn: ['ignore'] }, async (text: string, _ctx: TaskContext<void>) => text)
          .build();
        await use(deaf);
        const handle = await runner.start(deaf, 'main');
        await running.opened;
        await handle.cancel();
        await expect(handle.result()).rejects.toBeInstanceOf(RunCancelledError);
        never.open();
        expect((await handle.get())?.nodes[0]).toMatchObject({ status: 'CANCELLED', output: undefined });
      });
    });

    describe('retry', () => {
      it('runs again what did not complete, keeps the rest and the history', async () => {
        const calls: string[] = [];
        let isBroken = true;
        const mended = defineWorkflow('mended')
          .task('a', async () => calls.push('a'))
          .task(
            'b',
            { dependsOn: ['a'], retries: { max: 1, initialDelay: 0 } },
            async (_: number, ctx: TaskContext<void>) => {
              calls.push(`b${ctx.attempt}`);
              if (isBroken) throw new Error('not yet');
              return ctx.idempotencyKey;
            },
          )
          .flow('main', { dependsOn: ['b'] }, async (key: string, _ctx: TaskContext<void>) => key)
          .build();
        await use(mended);
        const handle = await runner.start(mended, 'main');
        await expect(handle.result()).rejects.toBeInstanceOf(RunFailedError);
        isBroken = false;
        const again = await runner.retry(handle.id);
        expect(await again.result()).toBe(`${handle.id}:b`);
        expect(calls).toEqual(['a', 'b1', 'b2', 'b3']);
        // A handle from before the retry tells of the run as it is now.
        expect(await handle.result()).toBe(`${handle.id}:b`);
        const run = await handle.get();
        expect(run).toMatchObject({ generation: 2, status: 'COMPLETED', error: undefined });
        expect(
          run?.nodes[1]?.attempts.map(({ attempt, generation, outcome }) => [attempt, generation, outcome]),
        ).toEqual([
          [1, 1, 'failed'],
          [2, 1, 'failed'],
          [3, 2, 'completed'],
        ]);
        await expect(runner.retry(handle.id)).rejects.toBeInstanceOf(RunNotRetryableError);
        await expect(runner.retry(handle.id)).rejects.toThrow(/use fork/);
      });

      it('with from also runs that task and all downstream again, under a new idempotency key', async () => {
        const calls: string[] = [];
        const keys: string[] = [];
        const redone = defineWorkflow('redone')
          .task('a', async () => calls.push('a'))
          .task('b', { dependsOn: ['a'] }, async (_: number, ctx: TaskContext<void>) => {
            keys.push(ctx.idempotencyKey);
            return calls.push('b');
          })
          .task('c', { dependsOn: ['b'] }, async () => {
            calls.push('c');
            if (calls.filter((call) => call === 'c').length === 1) throw new Error('once');
          })
          .flow('main', { dependsOn: ['c'] }, async (_: unknown, _ctx: TaskContext<void>) => 'ok')
          .build();
        await use(redone);
        const handle = await runner.start(redone, 'main');
        await expect(handle.result()).rejects.toBeInstanceOf(RunFailedError);
        expect(await (await runner.retry(handle.id, { from: 'b' })).result()).toBe('ok');
        expect(calls).toEqual(['a', 'b', 'c', 'b', 'c']);
        expect(keys).toEqual([`${handle.id}:b`, `${handle.id}:b#2`]);
        await expect(runner.retry(handle.id, { from: 'nothing' })).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
      });
    });

    describe('closing', () => {
      it('rejects awaited results and later calls, and gives unfinished runs back', async () => {
        const running = new Gate();
        const long = defineWorkflow('closed-early')
          .task('work', { timeout: false }, async (_: void, ctx: TaskContext<void>) => {
            running.open();
            return untilAborted(ctx.signal);
          })
          .flow('main', { dependsOn: ['work'] }, async (_: unknown, _ctx: TaskContext<void>) => 1)
          .build();
        await runner?.close();
        const closing = await createRunner([long], { worker: { poll: '100ms', drain: 0 } });
        const handle = await closing.start(long, 'main');
        await running.opened;
        const result = handle.result();
        const rejected = expect(result).rejects.toMatchObject({ code: 'RUNNER_CLOSED' });
        await closing.close();
        await rejected;
        await expect(closing.start(long, 'main')).rejects.toMatchObject({ code: 'RUNNER_CLOSED' });
      });
    });
  });
}

/** Rejects with the signal's reason once it is aborted. */
function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
