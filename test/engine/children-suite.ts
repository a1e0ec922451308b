import { ChildFailedError, all, defineWorkflow, each, settled } from '../../src';
import type { Deferred, Outcome, RunRecord, TaskContext, WorkflowRunner } from '../../src';
import { engineFixture, untilAborted } from './engine-fixture';
import type { OpenDatabase } from './engine-fixture';

export function childrenSuite(name: string, openDatabase: OpenDatabase): void {
  describe(`children on ${name}`, () => {
    const engine = engineFixture(openDatabase);
    let calls: string[] = [];
    beforeEach(() => {
      calls = [];
    });

    const square = defineWorkflow('square')
      .flow('main', async (n: number) => {
        calls.push(`square ${n}`);
        if (n < 0) throw new Error('negative');
        return n * n;
      })
      .build();
    const endless = defineWorkflow('endless')
      .flow('main', { timeout: false }, async (_: string, ctx: TaskContext<string>) => {
        calls.push('endless');
        return untilAborted(ctx.signal);
      })
      .build();

    const until = async (runner: WorkflowRunner, id: string, matches: (run: RunRecord) => boolean) => {
      for (;;) {
        const run = await runner.get(id);
        if (run !== undefined && matches(run)) return run;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    };
    const isOver = ({ finishedAt }: RunRecord): boolean => finishedAt !== undefined;
    const childrenOf = async (runner: WorkflowRunner, id: string) => (await runner.list({ parentId: id })).items;

    it('complete the task that asked for one with their output, and inherit what their parent has', async () => {
      const parent = defineWorkflow('parent')
        .task('ask', async (n: number, ctx: TaskContext<number>) => ctx.child(square, 'main', n + 1))
        .flow('main', { dependsOn: ['ask'] }, async (squared: number, _ctx: TaskContext<number>) => squared)
        .build();
      const runner = await engine.use([parent, square]);
      const handle = await runner.start(parent, 'main', 6, { priority: 3, tags: ['red'] });
      expect(await handle.result()).toBe(49);
      const [child] = await childrenOf(runner, handle.id);
      expect(child).toMatchObject({ workflow: 'square', parentId: handle.id, priority: 3, tags: ['red'], output: 49 });
      const tree = await runner.tree(handle.id);
      expect([tree.run.id, tree.children.map(({ run }) => run.id)]).toEqual([handle.id, [child?.id]]);
    });

    it('are one for each element of a map', async () => {
      const parent = defineWorkflow('fan')
        .task('numbers', async (n: number) => Array.from({ length: n }, (_, i) => i))
        .task('one', { dependsOn: [each('numbers')] }, async (n: number, ctx: TaskContext<number>) =>
          ctx.child(square, 'main', n),
        )
        .flow('main', { dependsOn: [all('one')] }, async (squares: number[], _ctx: TaskContext<number>) => squares)
        .build();
      const runner = await engine.use([parent, square]);
      const handle = await runner.start(parent, 'main', 5);
      expect(await handle.result()).toEqual([0, 1, 4, 9, 16]);
      expect(await childrenOf(runner, handle.id)).toHaveLength(5);
    });

    it('that fail fail the task, without a retry, with their error as the cause; a retry starts a new one', async () => {
      let n = -1;
      const parent = defineWorkflow('unlucky')
        .task('ask', { retries: 3 }, async (_: void, ctx: TaskContext<void>) => ctx.child(square, 'main', n))
        .flow('main', { dependsOn: ['ask'] }, async (squared: number, _ctx: TaskContext<void>) => squared)
        .build();
      const runner = await engine.use([parent, square]);
      const handle = await runner.start(parent, 'main', undefined);
      await expect(handle.result()).rejects.toMatchObject({
        task: 'ask',
        cause: { code: 'CHILD_FAILED', cause: { message: 'negative' } },
      });
      expect(new ChildFailedError('ask', 'r', { cause: new Error('x') }).code).toBe('CHILD_FAILED');
      expect(calls).toEqual(['square -1']);
      n = 3;
      expect(await (await runner.retry(handle.id)).result()).toBe(9);
      expect((await childrenOf(runner, handle.id)).map(({ status }) => status).sort()).toEqual(['COMPLETED', 'FAILED']);
    });

    it('that are cancelled fail the task', async () => {
      const parent = defineWorkflow('stopped')
        .task('ask', async (_: void, ctx: TaskContext<void>) => ctx.child(endless, 'main', 'x'))
        .flow(
          'main',
          { dependsOn: [settled('ask')] },
          async (ask: Outcome<never>, _ctx: TaskContext<void>) => ask.status === 'FAILED' && ask.error.code,
        )
        .build();
      const runner = await engine.use([parent, endless]);
      const handle = await runner.start(parent, 'main', undefined);
      while (!calls.includes('endless')) await new Promise((resolve) => setTimeout(resolve, 5));
      const [child] = await childrenOf(runner, handle.id);
      await runner.cancel(child?.id ?? '', 'enough');
      expect(await handle.result()).toBe('CHILD_CANCELLED');
    });

    it.each([
      ['cancel', 'CANCELLED'],
      ['leave', 'RUNNING'],
    ] as const)(
      'end with a parent that is cancelled, unless they are to be left alone (%s)',
      async (onParentEnd, status) => {
        const parent = defineWorkflow(`ending-${onParentEnd}`)
          .task('ask', async (_: void, ctx: TaskContext<void>) => ctx.child(endless, 'main', 'x', { onParentEnd }))
          .flow('main', { dependsOn: ['ask'] }, async (_: never, _ctx: TaskContext<void>) => 1)
          .build();
        const runner = await engine.use([parent, endless]);
        const handle = await runner.start(parent, 'main', undefined);
        while (!calls.includes('endless')) await new Promise((resolve) => setTimeout(resolve, 5));
        const explained = await until(runner, handle.id, ({ status: now }) => now === 'WAITING').then(() =>
          runner.explain(handle.id),
        );
        expect(explained.run.sentence).toMatch(/"ask" waits for run [0-9a-f-]+ of endless.main \(since/);
        await handle.cancel();
        await expect(handle.result()).rejects.toMatchObject({ code: 'RUN_CANCELLED' });
        const id = (await childrenOf(runner, handle.id))[0]?.id ?? '';
        if (status === 'CANCELLED') {
          expect((await until(runner, id, isOver)).status).toBe('CANCELLED');
        } else {
          expect((await runner.get(id))?.status).toBe('RUNNING');
          await runner.cancel(id);
          await until(runner, id, isOver);
        }
      },
    );

    it('end with a parent that fails beside them', async () => {
      const parent = defineWorkflow('failing')
        .task('ask', async (_: void, ctx: TaskContext<void>) => ctx.child(endless, 'main', 'x'))
        .task('fail', async () => {
          while (!calls.includes('endless')) await new Promise((resolve) => setTimeout(resolve, 5));
          throw new Error('broken');
        })
        .flow('main', { dependsOn: ['ask', 'fail'] }, async (_a: never, _b: never, _ctx: TaskContext<void>) => 1)
        .build();
      const runner = await engine.use([parent, endless]);
      const handle = await runner.start(parent, 'main', undefined);
      await expect(handle.result()).rejects.toMatchObject({ cause: { message: 'broken' } });
      const id = (await childrenOf(runner, handle.id))[0]?.id ?? '';
      expect(await until(runner, id, isOver)).toMatchObject({ status: 'CANCELLED' });
    });

    it('may have children of their own, but not without end', async () => {
      const nested = defineWorkflow<number>('nested')
        .task('ask', async (n: number, ctx: TaskContext<number>) =>
          n === 0 ? 0 : (ctx.child(self(), 'main', n - 1) as Deferred<number>),
        )
        .flow('main', { dependsOn: ['ask'] }, async (depth: number, _ctx: TaskContext<number>) => depth + 1)
        .build();
      // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the type of a workflow that names itself
      const self = (): any => nested;
      const runner = await engine.use([nested]);
      expect(await runner.run(nested, 'main', 4)).toBe(5);
      const handle = await runner.start(nested, 'main', 40);
      await expect(handle.result()).rejects.toMatchObject({ cause: { code: 'CHILD_FAILED' } });
      const { items } = await runner.list({ workflow: 'nested', status: 'FAILED' });
      expect(items).toHaveLength(33);
      expect(items.filter(({ error }) => error?.code === 'CHILD_TOO_DEEP')).toHaveLength(1);
    });

    it('are refused where the flow or the input is wrong', async () => {
      const parent = defineWorkflow('wrong')
        .task('flow', async (_: void, ctx: TaskContext<void>) => ctx.child(square, 'nope' as 'main', 1))
        .task('input', async (_: void, ctx: TaskContext<void>) => ctx.child(square, 'main', (() => 1) as never))
        .flow(
          'main',
          { dependsOn: [settled('flow'), settled('input')] },
          async (a: Outcome<number>, b: Outcome<number>, _ctx: TaskContext<void>) =>
            [a, b].map((one) => (one.status === 'FAILED' ? one.error.code : one.status)),
        )
        .build();
      const runner = await engine.use([parent, square]);
      expect(await runner.run(parent, 'main', undefined)).toEqual(['FLOW_NOT_FOUND', 'VALUE_NOT_STORABLE']);
    });
  });
}
