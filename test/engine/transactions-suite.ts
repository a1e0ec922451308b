import { retry, handleAll } from 'cockatiel';
import { all, defineWorkflow, each, settled } from '../../src';
import type { NodeRecord, RunHandle, TaskContext, WorkflowRunner } from '../../src';
import { engineFixture, statuses, untilAborted } from './engine-fixture';
import type { OpenDatabase } from './engine-fixture';
import { Gate } from './gate';

type Work = (n: number, ctx: TaskContext<number>) => Promise<unknown>;

const FAST = { max: 3, backoff: 'constant', initialDelay: 0, jitter: false } as const;

/** Tasks that commit their work with their completion, on every store that has transactions. */
export function transactionsSuite(name: string, openDatabase: OpenDatabase): void {
  const isEmbedded = name === 'PGlite';
  describe(`transactional tasks on ${name}`, () => {
    const engine = engineFixture(openDatabase);
    let runner: WorkflowRunner;
    let work: Work;
    const call: Work = (n, ctx) => work(n, ctx);

    const build = (id: string, options: object = {}) =>
      defineWorkflow(id)
        .task('work', { transactional: true, ...options }, call)
        .task('after', { dependsOn: ['work'] }, async (value: unknown) => ({ got: value }))
        .flow('main', { dependsOn: ['after'] }, async (value: unknown, _ctx: TaskContext<number>) => value)
        .build();
    const plain = build('plain');
    const retried = build('retried', { retries: FAST });
    const timed = build('timed', { timeout: '150ms' });
    const withPolicy = build('with-policy', { policy: retry(handleAll, { maxAttempts: 3 }) });
    const mapped = defineWorkflow('mapped')
      .task('list', async (n: number) => Array.from({ length: n }, (_, i) => i))
      .task('work', { dependsOn: [each('list')], transactional: true }, call)
      .task('side', { dependsOn: [each('list')] }, async (n: number) => n)
      .flow(
        'main',
        { dependsOn: [all('work'), all('side')] },
        async (done: unknown[], _side: number[], _ctx: TaskContext<number>) => done.length,
      )
      .build();
    const wholly = defineWorkflow('wholly')
      .flow('main', { transactional: true }, call as (n: number, ctx: TaskContext<number>) => Promise<unknown>)
      .build();
    const simple = defineWorkflow('simple')
      .flow('main', async (n: number, _ctx: TaskContext<number>) => n * 2)
      .build();
    const guarded = defineWorkflow('guarded')
      .task('hang', (n: number, ctx: TaskContext<number>) => hang(n, ctx))
      .task(
        'work',
        { transactional: true, always: true, dependsOn: [settled('hang')] },
        (_hung, ctx: TaskContext<number>) => work(0, ctx),
      )
      .flow('main', { dependsOn: ['hang'] }, async (value: unknown, _ctx: TaskContext<number>) => value)
      .build();
    const undone = defineWorkflow('undone')
      .task('work', { transactional: true }, call)
      .task('hang', { dependsOn: ['work'] }, (value: unknown, ctx: TaskContext<number>) => hang(Number(value), ctx))
      .flow('main', { dependsOn: ['hang'] }, async (value: unknown, _ctx: TaskContext<number>) => value)
      .compensate('work', { transactional: true, retries: FAST }, async (value, ctx) => {
        const { manager, runId, attempt } = ctx;
        const note = `undone ${String(value)} at attempt ${attempt}`;
        await manager.query('INSERT INTO effect (run, note) VALUES ($1, $2)', [runId, note]);
        if (attempt === 1) throw new Error('not yet');
      })
      .build();
    let hang: Work;

    const write = (ctx: TaskContext<number>, note: string) =>
      ctx.manager.query('INSERT INTO effect (run, note) VALUES ($1, $2)', [ctx.runId, note]);

    /** What was committed for a run, seen from another transaction. */
    const effects = async (runId: string): Promise<string[]> => {
      const before = work;
      work = async (_n, ctx) => {
        const rows = (await ctx.manager.query('SELECT note FROM effect WHERE run = $1 ORDER BY note', [runId])) as {
          note: string;
        }[];
        return rows.map(({ note }) => note);
      };
      const { got } = (await runner.run(plain, 'main', 0)) as { got: string[] };
      work = before;
      return got;
    };

    const ended = async (handle: RunHandle<unknown>): Promise<Error> =>
      handle.result().then(
        () => new Error('it completed'),
        (error: unknown) => error as Error,
      );

    const nodeOf = async (runId: string, task: string): Promise<NodeRecord> =>
      (await runner.get(runId))?.nodes.find((node) => node.task === task && node.index === undefined) as NodeRecord;

    /** A new runner in place of the one before. */
    const open = async (): Promise<void> => {
      const workflows = [plain, retried, timed, withPolicy, mapped, wholly, simple, guarded, undone];
      const worker = { zombieAfter: '50ms', cancelGrace: '10s', drain: '100ms' } as const;
      runner = await engine.use(workflows as never, { worker });
    };

    beforeAll(async () => {
      await open();
      work = (_n, ctx) => ctx.manager.query('CREATE TABLE effect (run uuid, note text)');
      await runner.run(plain, 'main', 0);
    });

    it('have their effect and are recorded, and what depends on them gets their value as any', async () => {
      work = async (n, ctx) => {
        await write(ctx, `n is ${n}`);
        return { at: new Date(n), attempt: ctx.attempt };
      };
      const handle = await runner.start(plain, 'main', 7);
      expect(await handle.result()).toEqual({ got: { at: new Date(7), attempt: 1 } });
      expect(await effects(handle.id)).toEqual(['n is 7']);
      const node = await nodeOf(handle.id, 'work');
      expect(node).toMatchObject({ status: 'COMPLETED', attempt: 1, attempts: [], output: { attempt: 1 } });
      expect(node.finishedAt?.getTime()).toBeGreaterThanOrEqual(node.startedAt?.getTime() ?? Infinity);
    });

    it('are rolled back by an error, and called again in a new transaction', async () => {
      work = async (_n, ctx) => {
        await write(ctx, `attempt ${ctx.attempt}`);
        if (ctx.attempt < 3) throw new Error('not yet');
        return ctx.attempt;
      };
      const handle = await runner.start(retried, 'main', 0);
      expect(await handle.result()).toEqual({ got: 3 });
      expect(await effects(handle.id)).toEqual(['attempt 3']);
      const { attempts } = await nodeOf(handle.id, 'work');
      expect(attempts.map(({ attempt, outcome }) => [attempt, outcome])).toEqual([
        [1, 'failed'],
        [2, 'failed'],
        [3, 'completed'],
      ]);
    });

    it('are rolled back by ctx.skip, and by a value that cannot be stored', async () => {
      work = async (n, ctx) => {
        await write(ctx, 'nobody wants it');
        return n === 0 ? ctx.skip('nothing to do') : () => 'a function';
      };
      const skipped = await runner.start(plain, 'main', 0);
      await ended(skipped);
      expect((await nodeOf(skipped.id, 'work')).status).toBe('SKIPPED');
      const refused = await runner.start(plain, 'main', 1);
      expect((await ended(refused)).cause).toMatchObject({ code: 'VALUE_NOT_STORABLE' });
      expect([await effects(skipped.id), await effects(refused.id)]).toEqual([[], []]);
    });

    it('commit nothing after their timeout, however long they go on, and the connection is replaced', async () => {
      const late = new Gate();
      let told: unknown;
      work = async (_n, ctx) => {
        const { manager } = ctx;
        await write(ctx, 'in time');
        await new Promise((resolve) => ctx.signal.addEventListener('abort', resolve, { once: true }));
        told = await manager.query('COMMIT').catch((error: unknown) => error);
        expect(() => ctx.manager).toThrow(/its transaction is over/);
        late.open();
      };
      const handle = await runner.start(timed, 'main', 0);
      expect((await ended(handle)).cause).toMatchObject({ code: 'TASK_TIMEOUT' });
      await late.opened;
      expect(told).toBeInstanceOf(Error);
      expect(await effects(handle.id)).toEqual([]);
    });

    it('are called again in the same attempt when the database had to choose, up to five times', async () => {
      let calls = 0;
      work = async (n, ctx) => {
        await write(ctx, `call ${++calls}`);
        if (calls <= n)
          await ctx.manager.query(`DO $$ BEGIN RAISE 'lost' USING ERRCODE = '${calls % 2 ? 40001 : '40P01'}'; END $$`);
        return calls;
      };
      const chosen = await runner.start(plain, 'main', 5);
      expect(await chosen.result()).toEqual({ got: 6 });
      expect(await effects(chosen.id)).toEqual(['call 6']);
      expect(await nodeOf(chosen.id, 'work')).toMatchObject({ attempt: 1, attempts: [] });
      calls = 0;
      const unlucky = await runner.start(plain, 'main', 100);
      expect((await ended(unlucky)).cause).toMatchObject({ message: 'lost' });
      expect([calls, (await nodeOf(unlucky.id, 'work')).attempt]).toEqual([6, 1]);
    });

    it('fail when they hide that a statement failed, or end the transaction themselves', async () => {
      work = async (n, ctx) => {
        await write(ctx, 'before');
        await ctx.manager.query(n === 0 ? 'SELECT 1 / 0' : 'ROLLBACK').catch(() => undefined);
        return 'as if nothing had happened';
      };
      for (const [n, reason] of ['failed', 'ended'].entries()) {
        const handle = await runner.start(plain, 'main', n);
        expect((await ended(handle)).cause).toMatchObject({ code: 'TRANSACTION_UNUSABLE', reason });
        expect(await effects(handle.id)).toEqual([]);
      }
    });

    it('may not wait', async () => {
      work = async (_n, ctx) => {
        await write(ctx, 'nobody waits for it');
        return ctx.sleep('1h');
      };
      const handle = await runner.start(plain, 'main', 0);
      expect((await ended(handle)).cause).toMatchObject({ code: 'WAIT_IN_TRANSACTION' });
      expect(await effects(handle.id)).toEqual([]);
    });

    it('may guard a statement by a savepoint', async () => {
      work = async (_n, ctx) => {
        await write(ctx, 'kept');
        const tried = ctx.manager.transaction(async (inner) => {
          await inner.query('INSERT INTO effect (run, note) VALUES ($1, $2)', [ctx.runId, 'not kept']);
          await inner.query('SELECT 1 / 0');
        });
        await expect(tried).rejects.toThrow('division by zero');
      };
      const handle = await runner.start(plain, 'main', 0);
      await handle.result();
      expect(await effects(handle.id)).toEqual(['kept']);
    });

    it('get a transaction for each call that a policy of theirs makes', async () => {
      let calls = 0;
      work = async (_n, ctx) => {
        await write(ctx, `call ${++calls}`);
        if (calls < 3) throw new Error('the policy knows what to do');
      };
      const handle = await runner.start(withPolicy, 'main', 0);
      await handle.result();
      expect(await effects(handle.id)).toEqual(['call 3']);
    });

    it('start runs that exist only if they commit', async () => {
      const started: RunHandle<number>[] = [];
      work = async (n, ctx) => {
        started.push(await runner.start(simple, 'main', n, { manager: ctx.manager }));
        if (ctx.attempt === 1) throw new Error('changed my mind');
      };
      await runner.run(retried, 'main', 21);
      expect(await started[0]?.get()).toBeUndefined();
      expect(await started[1]?.result()).toBe(42);
    });

    it('can be the flow itself', async () => {
      work = async (n, ctx) => {
        await write(ctx, 'by the flow');
        return n * 2;
      };
      const handle = await runner.start(wholly, 'main', 21);
      expect(await handle.result()).toBe(42);
      expect(await effects(handle.id)).toEqual(['by the flow']);
      expect(await nodeOf(handle.id, 'main')).toMatchObject({ status: 'COMPLETED', attempt: 1, output: 42 });
    });

    it('never take all connections: many at once come to their end beside everything else', async () => {
      const seen = { now: 0, most: 0 };
      work = async (n, ctx) => {
        seen.most = Math.max(seen.most, ++seen.now);
        await write(ctx, `element ${String(n).padStart(2, '0')}`);
        await ctx.manager.query('SELECT pg_sleep(0.005)');
        seen.now--;
        return n;
      };
      const runs = await Promise.all([0, 1, 2].map(() => runner.start(mapped, 'main', 20)));
      expect(await Promise.all(runs.map((run) => run.result()))).toEqual([20, 20, 20]);
      for (const run of runs) expect(await effects(run.id)).toHaveLength(20);
      expect(seen.most).toBeLessThanOrEqual(isEmbedded ? 1 : 6);
      expect(runner.health).toMatchObject({ tasks: 0 });
    });

    it('are rolled back when their worker closes before they end, however long they go on, and called by the next', async () => {
      const entered = new Gate();
      work = async (_n, ctx) => {
        await write(ctx, 'by the first');
        entered.open();
        await new Promise(() => undefined);
      };
      const { id } = await runner.start(plain, 'main', 0);
      await entered.opened;
      work = async (_n, ctx) => write(ctx, 'by the next');
      await open();
      while ((await runner.get(id))?.finishedAt === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
      expect(await effects(id)).toEqual(['by the next']);
    });

    it('read no manager in a task that is not transactional', async () => {
      hang = async (_n, ctx) => ctx.manager;
      work = async () => undefined;
      expect((await ended(await runner.start(guarded, 'main', 0))).cause).toMatchObject({
        code: 'NO_MANAGER',
        reason: 'ordinary',
      });
    });

    if (isEmbedded) {
      it('are told when they ask for a second connection, which would wait for theirs', async () => {
        work = async (n) => runner.start(simple, 'main', n);
        expect((await ended(await runner.start(plain, 'main', 0))).cause).toMatchObject({ code: 'NESTED_CONNECTION' });
      });

      it('make the engine wait, which goes on when they end', async () => {
        const gate = new Gate();
        const entered = new Gate();
        work = async (_n, ctx) => {
          entered.open();
          await gate.opened;
          await write(ctx, 'took its time');
        };
        const slow = await runner.start(plain, 'main', 0);
        await entered.opened;
        const other = runner.start(simple, 'main', 1);
        const cancelled = runner.cancel(slow.id);
        gate.open();
        expect(await cancelled).toBe(true);
        expect(await (await other).result()).toBe(2);
        await ended(slow);
        expect(await effects(slow.id)).toEqual(['took its time']);
      });
    } else {
      it('commit nothing after a cancel was accepted', async () => {
        const entered = new Gate();
        const cancelled = new Gate();
        work = async (_n, ctx) => {
          await write(ctx, 'too late');
          entered.open();
          await cancelled.opened;
          return 'a value';
        };
        const handle = await runner.start(plain, 'main', 0);
        await entered.opened;
        expect(await handle.cancel('changed my mind')).toBe(true);
        cancelled.open();
        await expect(handle.result()).rejects.toMatchObject({ code: 'RUN_CANCELLED', reason: 'changed my mind' });
        expect(statuses(await runner.get(handle.id))).toMatchObject({ work: 'CANCELLED', after: 'CANCELLED' });
        expect(await effects(handle.id)).toEqual([]);
      });
    }

    it('can be undone by a compensation that commits its own work, after a cancel too', async () => {
      const entered = new Gate();
      hang = async (_n, ctx) => {
        entered.open();
        return untilAborted(ctx.signal);
      };
      work = async (n, ctx) => {
        await write(ctx, 'booked');
        return n;
      };
      const handle = await runner.start(undone, 'main', 7);
      await entered.opened;
      expect(await effects(handle.id)).toEqual(['booked']);
      await handle.cancel();
      await ended(handle);
      expect(statuses(await runner.get(handle.id))).toMatchObject({
        work: 'COMPLETED',
        'work-compensation': 'COMPLETED',
        main: 'CANCELLED',
      });
      expect(await effects(handle.id)).toEqual(['booked', 'undone 7 at attempt 2']);
    });

    it('commit after a cancel when they always run', async () => {
      const entered = new Gate();
      hang = async (_n, ctx) => {
        entered.open();
        return untilAborted(ctx.signal);
      };
      work = async (_n, ctx) => write(ctx, 'cleaned up');
      const handle = await runner.start(guarded, 'main', 0);
      await entered.opened;
      await handle.cancel();
      await ended(handle);
      expect(statuses(await runner.get(handle.id))).toEqual({
        hang: 'CANCELLED',
        work: 'COMPLETED',
        main: 'CANCELLED',
      });
      expect(await effects(handle.id)).toEqual(['cleaned up']);
    });
  });
}
