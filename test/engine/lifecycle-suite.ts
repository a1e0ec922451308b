import {
  AttemptAbortedError,
  DeadlineError,
  IdempotencyConflictError,
  NotAFlowError,
  RunCancelledError,
  RunFailedError,
  RunNotRetryableError,
  WaitAbortedError,
  defineWorkflow,
  failed,
} from '../../src';
import type { TaskContext, WorkflowRunner } from '../../src';
import { engineFixture, statuses, untilAborted } from './engine-fixture';
import type { OpenDatabase } from './engine-fixture';
import { Gate } from './gate';

/** What is done with runs from outside: every store runs these same cases. */
export function lifecycleSuite(name: string, openDatabase: OpenDatabase): void {
  describe(`what is done with runs on ${name}`, () => {
    const engine = engineFixture(openDatabase);
    let runner: WorkflowRunner;
    const use = async (...workflows: Parameters<typeof engine.use>[0]): Promise<WorkflowRunner> =>
      (runner = await engine.use(workflows));

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

      it('ends a run whose call waits for a place, or was just to be made, while all places are taken', async () => {
        const [gate, entered] = [new Gate(), new Gate()];
        const workflow = defineWorkflow('all-places-taken')
          .flow('main', async (isFirst: boolean) => {
            entered.open();
            if (isFirst) await gate.opened;
            return isFirst;
          })
          .build();
        runner = await engine.use([workflow], { worker: { tasks: 1 } });
        const holder = await runner.start(workflow, 'main', true);
        await entered.opened;
        const waiting = await runner.start(workflow, 'main', false);
        await new Promise((resolve) => setImmediate(resolve));
        // On the memory store nothing comes between this start and its cancel: its call is commanded and not yet made.
        const justStarted = await runner.start(workflow, 'main', false);
        for (const run of [justStarted, waiting]) {
          expect(await run.cancel()).toBe(true);
          await expect(run.result()).rejects.toBeInstanceOf(RunCancelledError);
        }
        gate.open();
        expect(await holder.result()).toBe(true);
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
        const closing = await engine.use([long], { worker: { drain: 0 } });
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
