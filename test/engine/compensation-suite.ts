import { CompensationError, RunFailedError, all, defineWorkflow, each } from '../../src';
import type { RunRecord, TaskContext, WorkflowRunner } from '../../src';
import { engineFixture, statuses, untilAborted } from './engine-fixture';
import type { OpenDatabase } from './engine-fixture';

export function compensationSuite(name: string, openDatabase: OpenDatabase): void {
  describe(`compensations on ${name}`, () => {
    const engine = engineFixture(openDatabase);
    let calls: string[] = [];
    let broken: Set<string>;
    beforeEach(() => {
      calls = [];
      broken = new Set();
    });
    /** Notes a call, and fails as long as it is broken. */
    const called = <T>(call: string, value: T): T => {
      calls.push(call);
      if (broken.has(call)) throw new Error(`${call} is down`);
      return value;
    };

    const trip = defineWorkflow('trip')
      .task('flight', async (city: string) => called('flight', { flight: `to ${city}` }))
      .task('hotel', { dependsOn: ['flight'] }, async () => called('hotel', { hotel: 7 }))
      .task('car', { dependsOn: ['flight'] }, async () => called('car', { car: 'red' }))
      .task('visa', async () => called('visa', 1))
      .flow(
        'main',
        { dependsOn: ['hotel', 'car', 'visa'] },
        async (_h: unknown, _c: unknown, _v: unknown, ctx: TaskContext<string>) => called('main', ctx.input),
      )
      .compensate('flight', { retries: { max: 2, initialDelay: '5ms' } }, async ({ flight }, ctx) => {
        called('cancel flight', undefined);
        return `${flight} ${ctx.attempt}`;
      })
      .compensate('hotel', async ({ hotel }) => void called(`cancel hotel ${hotel}`, undefined))
      .compensate('car', async () => void called('cancel car', undefined))
      .build();

    const over = async (runner: WorkflowRunner, id: string): Promise<RunRecord> => {
      for (;;) {
        const run = await runner.get(id);
        if (run?.finishedAt !== undefined) return run;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    };

    it('undo what was done in reverse order when a run fails, which then tells its own error', async () => {
      broken.add('main');
      const runner = await engine.use([trip]);
      const handle = await runner.start(trip, 'main', 'Oslo');
      await expect(handle.result()).rejects.toMatchObject({
        code: 'RUN_FAILED',
        task: 'main',
        cause: { message: 'main is down' },
      });
      expect(calls.slice(-3).sort()).toEqual(['cancel car', 'cancel flight', 'cancel hotel 7']);
      expect(calls.at(-1)).toBe('cancel flight');
      const run = await handle.get();
      expect(run?.nodes.filter(({ kind }) => kind === 'compensation')).toMatchObject([
        { task: expect.stringMatching(/^(hotel|car)-compensation$/), status: 'COMPLETED', attempt: 1 },
        { task: expect.stringMatching(/^(hotel|car)-compensation$/), status: 'COMPLETED', attempt: 1 },
        { task: 'flight-compensation', status: 'COMPLETED', output: 'to Oslo 1' },
      ]);
    });

    it('are left alone by a run that goes well', async () => {
      const runner = await engine.use([trip]);
      expect(await runner.run(trip, 'main', 'Rome')).toBe('Rome');
      expect(calls.some((call) => call.startsWith('cancel'))).toBe(false);
    });

    it('run when a run is cancelled, before that is told', async () => {
      const slow = defineWorkflow('slow-trip')
        .task('flight', async () => called('flight', 1))
        .task('wait', { dependsOn: ['flight'], timeout: false }, async (_: number, ctx: TaskContext<void>) => {
          calls.push('waiting');
          return untilAborted(ctx.signal);
        })
        .flow('main', { dependsOn: ['wait'] }, async (_: unknown, _ctx: TaskContext<void>) => 1)
        .compensate('flight', async () => void called('cancel flight', undefined))
        .build();
      const runner = await engine.use([slow]);
      const handle = await runner.start(slow, 'main', undefined);
      while (!calls.includes('waiting')) await new Promise((resolve) => setTimeout(resolve, 5));
      expect(await handle.cancel('changed my mind')).toBe(true);
      await expect(handle.result()).rejects.toMatchObject({ code: 'RUN_CANCELLED', reason: 'changed my mind' });
      expect(calls).toEqual(['flight', 'waiting', 'cancel flight']);
      expect(statuses(await handle.get())).toEqual({
        flight: 'COMPLETED',
        wait: 'CANCELLED',
        main: 'CANCELLED',
        'flight-compensation': 'COMPLETED',
      });
    });

    it('are retried, do not stop each other, and fail the run with both errors; alone they can be run again', async () => {
      broken = new Set(['main', 'cancel flight']);
      const runner = await engine.use([trip]);
      const handle = await runner.start(trip, 'main', 'Oslo');
      const failure = await handle.result().catch((error: unknown) => error as RunFailedError);
      expect(failure).toBeInstanceOf(RunFailedError);
      expect(failure).toMatchObject({
        task: 'flight-compensation',
        cause: {
          code: 'COMPENSATION_FAILED',
          cause: { message: 'main is down' },
          errors: [{ message: 'cancel flight is down' }],
        },
      });
      expect(calls.filter((call) => call === 'cancel flight')).toHaveLength(3);
      expect((await over(runner, handle.id)).error).toMatchObject({
        name: 'CompensationError',
        cause: { message: 'main is down' },
        errors: [{ message: 'cancel flight is down' }],
      });
      expect(new CompensationError('r', [], { cause: new Error('x') }).code).toBe('COMPENSATION_FAILED');

      broken.delete('cancel flight');
      calls = [];
      const again = await runner.retry(handle.id, { compensations: true });
      await expect(again.result()).rejects.toMatchObject({ task: 'main', cause: { message: 'main is down' } });
      expect(calls).toEqual(['cancel flight']);
      expect(await over(runner, handle.id)).toMatchObject({ status: 'FAILED', generation: 2, error: { task: 'main' } });
      await expect(runner.retry(handle.id, { compensations: true })).rejects.toMatchObject({
        code: 'ARGUMENT_INVALID',
      });
    });

    it('that failed after a cancel are run again alone, and the run ends CANCELLED', async () => {
      const workflow = defineWorkflow('cancelled-trip')
        .task('flight', async () => called('flight', 1))
        .task('wait', { dependsOn: ['flight'] }, async (_: number, ctx: TaskContext<void>) => ctx.waitFor('never'))
        .flow('main', { dependsOn: ['wait'] }, async (_: unknown, _ctx: TaskContext<void>) => 1)
        .compensate('flight', async () => void called('cancel flight', undefined))
        .build();
      broken.add('cancel flight');
      const runner = await engine.use([workflow]);
      const handle = await runner.start(workflow, 'main', undefined);
      while ((await handle.get())?.status !== 'WAITING') await new Promise((resolve) => setTimeout(resolve, 5));
      await handle.cancel('why not');
      await expect(handle.result()).rejects.toMatchObject({
        cause: { code: 'COMPENSATION_FAILED', cause: { code: 'RUN_CANCELLED' } },
      });
      broken.clear();
      const again = await runner.retry(handle.id, { compensations: true });
      await expect(again.result()).rejects.toMatchObject({ code: 'RUN_CANCELLED', reason: 'why not' });
    });

    it('let a retry do again what they began to undo, under new keys, and keep the rest', async () => {
      const keys: string[] = [];
      const workflow = defineWorkflow('retried-trip')
        .task('flight', async (_: void, ctx: TaskContext<void>) => {
          keys.push(ctx.idempotencyKey.replace(ctx.runId, ''));
          return called('flight', 1);
        })
        .task('visa', async () => called('visa', 2))
        .flow('main', { dependsOn: ['flight', 'visa'] }, async (_f: number, _v: number, _ctx: TaskContext<void>) =>
          called('main', 'done'),
        )
        .compensate('flight', async (_: number, ctx: TaskContext<void>) => {
          keys.push(ctx.idempotencyKey.replace(ctx.runId, ''));
        })
        .build();
      broken.add('main');
      const runner = await engine.use([workflow]);
      const handle = await runner.start(workflow, 'main', undefined);
      await expect(handle.result()).rejects.toBeInstanceOf(RunFailedError);
      expect(calls.sort()).toEqual(['flight', 'main', 'visa']);
      const again = await runner.retry(handle.id);
      await expect(again.result()).rejects.toBeInstanceOf(RunFailedError);
      broken.clear();
      calls = [];
      expect(await (await runner.retry(handle.id)).result()).toBe('done');
      expect(calls.sort()).toEqual(['flight', 'main']);
      expect(keys).toEqual([':flight', ':flight-compensation', ':flight#2', ':flight-compensation#2', ':flight#3']);
    });

    it('run for each element of a map that was done, and a retry does only those again', async () => {
      const workflow = defineWorkflow('rooms')
        .task('names', async () => ['a', 'b', 'c'])
        .task('book', { dependsOn: [each('names')] }, async (room: string) =>
          called(`book ${room}`, room.toUpperCase()),
        )
        .flow('main', { dependsOn: [all('book')] }, async (rooms: string[], _ctx: TaskContext<void>) => rooms.join())
        .compensate(
          'book',
          async (room: string, ctx: TaskContext<void>) => void called(`free ${room} ${ctx.index}`, undefined),
        )
        .build();
      broken.add('book b');
      const runner = await engine.use([workflow], { worker: { concurrency: 1 } });
      const handle = await runner.start(workflow, 'main', undefined);
      await expect(handle.result()).rejects.toMatchObject({ cause: { message: 'book b is down' } });
      const done = calls.filter((call) => call.startsWith('book') && call !== 'book b').length;
      const freed = calls.filter((call) => call.startsWith('free'));
      expect(freed).toHaveLength(done);
      expect(freed).toContain('free A 0');
      broken.clear();
      expect(await (await runner.retry(handle.id)).result()).toBe('A,B,C');
    });

    it('may wait', async () => {
      const workflow = defineWorkflow('patient')
        .task('order', async () => 1)
        .flow('main', { dependsOn: ['order'] }, async (_: number, _ctx: TaskContext<void>): Promise<number> => {
          throw new Error('no');
        })
        .compensate('order', async (_: number, ctx: TaskContext<void>) => ctx.waitFor('returned'))
        .build();
      const runner = await engine.use([workflow]);
      const handle = await runner.start(workflow, 'main', undefined);
      while ((await handle.get())?.status !== 'WAITING') await new Promise((resolve) => setTimeout(resolve, 5));
      expect((await runner.explain(handle.id)).run.sentence).toContain(
        '"order-compensation" waits for signal "returned"',
      );
      await handle.signal('returned', 'intact');
      await expect(handle.result()).rejects.toMatchObject({ cause: { message: 'no' } });
      expect((await handle.get())?.nodes.at(-1)).toMatchObject({ task: 'order-compensation', output: 'intact' });
    });
  });
}
