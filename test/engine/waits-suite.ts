import {
  PayloadInvalidError,
  RunNotFoundError,
  RunOverError,
  WaitTimeoutError,
  all,
  defineWorkflow,
  each,
  settled,
  signal,
} from '../../src';
import type { Outcome, RunRecord, StandardSchema, TaskContext, WorkflowRunner } from '../../src';
import { engineFixture } from './engine-fixture';
import type { OpenDatabase } from './engine-fixture';

/** Accepts `{ amount: number }` and answers the number doubled. */
const doubled: StandardSchema<{ amount: number }, number> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: async (value) => {
      const amount = (value as { amount?: unknown } | null)?.amount;
      if (typeof amount === 'number') return { value: 2 * amount };
      return { issues: [{ message: 'expected a number', path: ['amount'] }] };
    },
  },
};

const approved = signal<{ by: string }>('approved');
const paid = signal('paid', doubled);
const gone = signal('gone');

export function waitsSuite(name: string, openDatabase: OpenDatabase): void {
  describe(`waits on ${name}`, () => {
    const engine = engineFixture(openDatabase);
    let calls: string[] = [];
    beforeEach(() => {
      calls = [];
    });

    const approval = defineWorkflow('approval')
      .task('ask', async (title: string, ctx: TaskContext<string>) => {
        calls.push(`ask ${title}`);
        return ctx.waitFor(approved);
      })
      .flow('main', { dependsOn: ['ask'] }, async ({ by }: { by: string }, ctx: TaskContext<string>) => {
        return `${ctx.input} by ${by}`;
      })
      .build();

    /** Resolves when the run stands so. */
    const until = async (runner: WorkflowRunner, id: string, matches: (run: RunRecord) => boolean) => {
      for (;;) {
        const run = await runner.get(id);
        if (run !== undefined && matches(run)) return run;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    };
    const parked = (runner: WorkflowRunner, id: string) => until(runner, id, ({ status }) => status === 'WAITING');

    it('completes a task with the signal it waits for, and its dependents get the payload', async () => {
      const runner = await engine.use([approval]);
      const handle = await runner.start(approval, 'main', 'budget');
      const run = await parked(runner, handle.id);
      expect(run.nodes.find(({ task }) => task === 'ask')).toMatchObject({
        status: 'WAITING',
        attempt: 1,
        wait: { kind: 'signal', signal: 'approved', until: undefined },
      });
      const explained = await runner.explain(handle.id);
      expect(explained.run.sentence).toContain('it is parked while "ask" waits for signal "approved" (since');
      expect(explained.nodes.find(({ task }) => task === 'ask')?.reason).toMatchObject({ code: 'waits-for-signal' });
      await handle.signal(approved, { by: 'ann' });
      expect(await handle.result()).toBe('budget by ann');
      const ended = await handle.get();
      const ask = ended?.nodes.find(({ task }) => task === 'ask');
      expect(ask).toMatchObject({
        status: 'COMPLETED',
        attempt: 1,
        attempts: [],
        wait: undefined,
        output: { by: 'ann' },
      });
      expect(calls).toEqual(['ask budget']);
    });

    it('keeps a signal that was sent before anybody waits for it', async () => {
      const runner = await engine.use([approval]);
      const handle = await runner.start(approval, 'main', 'early', { delay: '200ms' });
      await runner.signal(handle.id, approved, { by: 'eve' });
      expect(await handle.result()).toBe('early by eve');
    });

    it('goes on in another process after it was parked, and calls nothing again', async () => {
      const before = await engine.use([approval]);
      const { id } = await before.start(approval, 'main', 'moved');
      await parked(before, id);
      if (name === 'memory') return;
      const after = await engine.use([approval]);
      await after.signal(id, 'approved', { by: 'bob' });
      expect((await until(after, id, ({ finishedAt }) => finishedAt !== undefined)).output).toBe('moved by bob');
      expect(calls).toEqual(['ask moved']);
    });

    it('is one signal for one wait, the one that began first and then the lowest index, in the order of sending', async () => {
      const workflow = defineWorkflow('votes')
        .task('voters', async (n: number) => Array.from({ length: n }, (_, i) => i))
        .task('vote', { dependsOn: [each('voters')] }, async (_voter: number, ctx: TaskContext<number>) =>
          ctx.waitFor<string>('vote'),
        )
        .flow('main', { dependsOn: [all('vote')] }, async (votes: string[], _ctx: TaskContext<number>) => votes.join())
        .build();
      const runner = await engine.use([workflow]);
      const handle = await runner.start(workflow, 'main', 3);
      const sent = ['a', 'b', 'a', 'c'];
      for (const [i, vote] of sent.entries())
        await handle.signal('vote', vote, { id: vote === 'a' ? 'the-a' : `${i}` });
      expect((await handle.result()).split(',').sort()).toEqual(['a', 'b', 'c']);
    });

    it('gives a union of a value and a wait to dependents as one type', async () => {
      const workflow = defineWorkflow('maybe')
        .task('ask', async (isSmall: boolean, ctx: TaskContext<boolean>) =>
          isSmall ? { by: 'nobody' } : ctx.waitFor(approved),
        )
        .flow('main', { dependsOn: ['ask'] }, async ({ by }: { by: string }, _ctx: TaskContext<boolean>) => by)
        .build();
      const runner = await engine.use([workflow]);
      expect(await runner.run(workflow, 'main', true)).toBe('nobody');
    });

    it('sleeps, for a time and until an instant, and completes with nothing', async () => {
      const workflow = defineWorkflow('naps')
        .task('short', async (_: number, ctx: TaskContext<number>) => ctx.sleep('20ms'))
        .task('past', async (_: number, ctx: TaskContext<number>) => ctx.sleepUntil(new Date(0)))
        .flow(
          'main',
          { dependsOn: ['short', 'past'] },
          async (a: undefined, b: undefined, _ctx: TaskContext<number>) => [a, b],
        )
        .build();
      const runner = await engine.use([workflow]);
      const handle = await runner.start(workflow, 'main', 1);
      expect(await handle.result()).toEqual([undefined, undefined]);
      const { startedAt, finishedAt } = (await handle.get())?.nodes.find(({ task }) => task === 'short') ?? {};
      // Both instants are of the database's clock, the timer of this process: over so short a time they may differ by a few ms.
      expect((finishedAt?.getTime() ?? 0) - (startedAt?.getTime() ?? 0)).toBeGreaterThanOrEqual(10);
    });

    it('parks the run for a long sleep, which neither its timeout nor its totalTimeout ends', async () => {
      const workflow = defineWorkflow('long-nap')
        .task('nap', { timeout: '1s', totalTimeout: '50ms' }, async (_: number, ctx: TaskContext<number>) =>
          ctx.sleep('250ms'),
        )
        .flow('main', { dependsOn: ['nap'] }, async (_nap: undefined, _ctx: TaskContext<number>) => 'awake')
        .build();
      const runner = await engine.use([workflow], { worker: { parkAfter: '1ms' } });
      const handle = await runner.start(workflow, 'main', 1);
      const run = await parked(runner, handle.id);
      expect(run.nodes.find(({ task }) => task === 'nap')?.wait?.kind).toBe('sleep');
      expect((await runner.explain(handle.id, 'nap')).nodes[0]?.sentence).toMatch(/^it sleeps until /);
      expect(await handle.result()).toBe('awake');
    });

    it('fails for good when nothing came in time', async () => {
      const workflow = defineWorkflow('impatient')
        .task('ask', { retries: 3 }, async (_: number, ctx: TaskContext<number>) => {
          calls.push('ask');
          return ctx.waitFor(approved, { timeout: '30ms' });
        })
        .flow(
          'main',
          { dependsOn: [settled('ask')] },
          async (ask: Outcome<{ by: string }>, _ctx: TaskContext<number>) =>
            ask.status === 'FAILED' ? ask.error : undefined,
        )
        .build();
      const runner = await engine.use([workflow]);
      const error = await runner.run(workflow, 'main', 1);
      expect(error).toMatchObject({ name: 'WaitTimeoutError', code: 'WAIT_TIMEOUT', task: 'ask' });
      expect(new WaitTimeoutError('ask', 'approved', 30).message).toBe(error?.message);
      expect(calls).toEqual(['ask']);
    });

    it.each([
      ['made and not returned', 'made a wait and returned nothing', (ctx: TaskContext) => void ctx.sleep(1)],
      ['returned inside a value', 'returned something else', (ctx: TaskContext) => ({ wait: ctx.sleep(1) })],
      ['returned before another', 'made 2 waits', (ctx: TaskContext) => [ctx.sleep(1), ctx.sleep(2)][0]],
      ['returned after another', 'made 2 waits', (ctx: TaskContext) => (void ctx.sleep(1), ctx.sleep(2))],
    ])('refuses a wait that is %s, without a retry', async (_, problem, method) => {
      const workflow = defineWorkflow('wrong')
        .task('a', { retries: 2 }, async (_n: number, ctx: TaskContext) => {
          calls.push('a');
          return method(ctx) as unknown;
        })
        .flow('main', { dependsOn: ['a'] }, async (a: unknown, _ctx: TaskContext<number>) => a)
        .build();
      const runner = await engine.use([workflow]);
      await expect(runner.run(workflow, 'main', 1)).rejects.toMatchObject({
        cause: { code: 'WAIT_NOT_RETURNED', message: expect.stringContaining(problem) as unknown },
      });
      expect(calls).toEqual(['a']);
    });

    it('checks a payload by the schema of its signal, and hands on what that makes of it', async () => {
      const workflow = defineWorkflow('payment')
        .task('wait', async (_: number, ctx: TaskContext<number>) => ctx.waitFor(paid))
        .flow('main', { dependsOn: ['wait'] }, async (amount: number, _ctx: TaskContext<number>) => amount)
        .build();
      const runner = await engine.use([workflow]);
      const handle = await runner.start(workflow, 'main', 1);
      const refused = handle.signal(paid, { amount: 'much' } as never);
      await expect(refused).rejects.toBeInstanceOf(PayloadInvalidError);
      await expect(refused).rejects.toMatchObject({ issues: [{ path: 'amount', message: 'expected a number' }] });
      await handle.signal(paid, { amount: 21 });
      expect(await handle.result()).toBe(42);
    });

    it('fails a task that is mapped over when its signal brings no array', async () => {
      const workflow = defineWorkflow('batches')
        .task('batch', async (_: number, ctx: TaskContext<number>) => ctx.waitFor<number[]>('batch'))
        .task('one', { dependsOn: [each('batch')] }, async (n: number) => n + 1)
        .flow('main', { dependsOn: [all('one')] }, async (numbers: number[], _ctx: TaskContext<number>) => numbers)
        .build();
      const runner = await engine.use([workflow]);
      const good = await runner.start(workflow, 'main', 1);
      await good.signal('batch', [1, 2]);
      expect(await good.result()).toEqual([2, 3]);
      const bad = await runner.start(workflow, 'main', 1);
      await bad.signal('batch', 'none');
      await expect(bad.result()).rejects.toMatchObject({ cause: { code: 'NOT_AN_ARRAY' } });
    });

    it('is dropped by a cancel, and by a deadline', async () => {
      const runner = await engine.use([approval]);
      const cancelled = await runner.start(approval, 'main', 'x');
      await parked(runner, cancelled.id);
      expect(await cancelled.cancel('no more')).toBe(true);
      await expect(cancelled.result()).rejects.toMatchObject({ code: 'RUN_CANCELLED' });
      expect((await cancelled.get())?.nodes.map(({ status }) => status)).toEqual(['CANCELLED', 'CANCELLED']);
      const late = await runner.start(approval, 'main', 'y', { deadline: '100ms' });
      await expect(late.result()).rejects.toMatchObject({ cause: { code: 'DEADLINE_EXCEEDED' } });
    });

    it('begins anew with a retry, which finds the signals that nobody took', async () => {
      let isBroken = true;
      const workflow = defineWorkflow('again')
        .task('ask', async (_: string, ctx: TaskContext<string>) => ctx.waitFor(approved))
        .task('check', { dependsOn: ['ask'] }, async ({ by }: { by: string }) => {
          if (isBroken) throw new Error('broken');
          return by;
        })
        .flow('main', { dependsOn: ['check'] }, async (by: string, _ctx: TaskContext<string>) => by)
        .build();
      const runner = await engine.use([workflow]);
      const handle = await runner.start(workflow, 'main', 'x');
      await handle.signal(approved, { by: 'one' });
      await handle.signal(approved, { by: 'two' });
      await expect(handle.result()).rejects.toMatchObject({ cause: { message: 'broken' } });
      isBroken = false;
      expect(await (await runner.retry(handle.id, { from: 'ask' })).result()).toBe('two');
    });

    it('refuses a signal to a run that is over or unknown, and a bad name or id', async () => {
      const runner = await engine.use([approval]);
      const handle = await runner.start(approval, 'main', 'x');
      await handle.signal(approved, { by: 'ann' });
      await handle.result();
      await expect(handle.signal(gone)).rejects.toBeInstanceOf(RunOverError);
      await expect(runner.signal('0190a000-0000-7000-8000-000000000000', 'x', 1)).rejects.toBeInstanceOf(
        RunNotFoundError,
      );
      await expect(runner.signal(handle.id, '', 1)).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
      await expect(runner.signal(handle.id, 'x', 1, { id: '' })).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
      await expect(runner.signal(handle.id, 'x', () => 1)).rejects.toMatchObject({ code: 'VALUE_NOT_STORABLE' });
    });
  });
}
