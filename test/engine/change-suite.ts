import {
  ArgumentError,
  RunNotFoundError,
  WorkflowNotRegisteredError,
  all,
  defineWorkflow,
  each,
  failed,
} from '../../src';
import type { RunRecord, TaskContext, WorkflowRunner } from '../../src';
import { engineFixture, statuses } from './engine-fixture';
import type { OpenDatabase } from './engine-fixture';

/** Runs made of other runs, and code that changes under them: every store runs these same cases. */
export function changeSuite(name: string, openDatabase: OpenDatabase): void {
  describe(`change on ${name}`, () => {
    const engine = engineFixture(openDatabase);
    let calls: string[] = [];
    beforeEach(() => {
      calls = [];
    });
    const note = <T>(call: string, value: T): T => {
      calls.push(call);
      return value;
    };
    const untilFinal = async (runner: WorkflowRunner, id: string): Promise<RunRecord> => until(runner, id, isOver);
    const until = async (
      runner: WorkflowRunner,
      id: string,
      matches: (run: RunRecord) => boolean,
    ): Promise<RunRecord> => {
      for (;;) {
        const run = await runner.get(id);
        if (run !== undefined && matches(run)) return run;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    };
    const isOver = ({ finishedAt }: RunRecord): boolean => finishedAt !== undefined;

    const orders = defineWorkflow('fork-orders')
      .task('load', async (n: number) => note('load', [n, n + 1, n + 2]))
      .task('price', { dependsOn: ['load'] }, async (items: number[]) => note('price', items.length))
      .task('pack', { dependsOn: [each('load')] }, async (item: number, ctx: TaskContext<number>) =>
        note(`pack ${ctx.index}`, item * 10),
      )
      .flow(
        'main',
        { dependsOn: ['price', all('pack')] },
        async (price: number, packed: number[], ctx: TaskContext<number>) =>
          note('main', { price, packed, input: ctx.input }),
      )
      .flow('quote', { dependsOn: ['price'] }, async (price: number, _ctx: TaskContext<number>) => note('quote', price))
      .task('tidy', { always: true }, async (_: number) => note('tidy', null))
      .build();

    describe('fork', () => {
      it('runs a part again in a new run, and leaves the old one as it was', async () => {
        const runner = await engine.use([orders]);
        const old = await runner.start(orders, 'main', 1, { tags: ['eu'], priority: 2 });
        await old.result();
        const before = await untilFinal(runner, old.id);
        calls = [];
        const fork = await runner.fork(old.id, { from: 'price' });
        expect(fork).toMatchObject({ workflow: 'fork-orders', flow: 'main', note: undefined });
        expect([...fork.reused].sort()).toEqual(['load', 'pack']);
        expect(await fork.result()).toEqual({ price: 3, packed: [10, 20, 30], input: 1 });
        expect(calls.sort()).toEqual(['main', 'price', 'tidy']);
        const run = await untilFinal(runner, fork.id);
        expect(run).toMatchObject({
          status: 'COMPLETED',
          forkedFrom: old.id,
          tags: ['eu'],
          priority: 2,
          generation: 1,
        });
        for (const node of run.nodes) {
          const isReused = node.task === 'load' || node.task === 'pack';
          expect(node.reusedFrom).toBe(isReused ? old.id : undefined);
          const original = before.nodes.find((one) => one.task === node.task && one.index === node.index);
          if (isReused) expect(node).toEqual({ ...original, reusedFrom: old.id });
        }
        expect(await runner.get(old.id)).toEqual(before);
      });

      it('does one element again', async () => {
        const runner = await engine.use([orders]);
        const old = await runner.start(orders, 'main', 1);
        await old.result();
        calls = [];
        const fork = await runner.fork(old.id, { from: { task: 'pack', index: 1 } });
        expect(await fork.result()).toMatchObject({ packed: [10, 20, 30] });
        expect(calls.sort()).toEqual(['main', 'pack 1', 'tidy']);
        expect(fork.reused).toEqual(['load', 'price', 'pack']);
        const { nodes } = await untilFinal(runner, fork.id);
        const packed = nodes.filter(({ task, index }) => task === 'pack' && index !== undefined);
        expect(packed.map(({ reusedFrom }) => reusedFrom)).toEqual([old.id, undefined, old.id]);
      });

      it('gives a new input to what runs again, and says which results are of the old one', async () => {
        const runner = await engine.use([orders]);
        const old = await runner.start(orders, 'main', 1);
        await old.result();
        const fork = await runner.fork(old.id, { from: 'main', input: 7 });
        expect(await fork.result()).toEqual({ price: 3, packed: [10, 20, 30], input: 7 });
        expect(fork.note).toBe(
          '"load", "price", "pack" are not run again: their results were made with the input of the run that was forked',
        );
        expect((await runner.fork(old.id, { from: 'main', input: 1 })).note).toBeUndefined();
        expect((await runner.fork(old.id, { from: 'load', input: 7 })).note).toBeUndefined();
      });

      it('goes on from a failure in a new run, and can be forked itself', async () => {
        let isBroken = true;
        const failing = defineWorkflow('fork-failing')
          .task('a', async (_: void) => note('a', 1))
          .task('b', { dependsOn: ['a'] }, async (a: number) => {
            note('b', null);
            if (isBroken) throw new Error('broken');
            return a + 1;
          })
          .flow('main', { dependsOn: ['b'] }, async (b: number, _ctx: TaskContext<void>) => b)
          .task('report', { dependsOn: [failed('main')] }, async () => note('report', null))
          .build();
        const runner = await engine.use([failing]);
        const old = await runner.start(failing, 'main');
        await expect(old.result()).rejects.toThrow('broken');
        isBroken = false;
        calls = [];
        const fork = await runner.fork(old.id);
        expect(await fork.result()).toBe(2);
        expect(calls).toEqual(['b']);
        expect(statuses(await untilFinal(runner, fork.id))).toEqual({
          a: 'COMPLETED',
          b: 'COMPLETED',
          report: 'SKIPPED',
          main: 'COMPLETED',
        });
        const again = await runner.fork(fork.id, { from: 'b' });
        expect(await again.result()).toBe(2);
        const { nodes, forkedFrom } = await untilFinal(runner, again.id);
        // The record tells who made it, the run whom it was made of.
        expect([forkedFrom, nodes[0]?.reusedFrom]).toEqual([fork.id, old.id]);
        expect((await runner.get(old.id))?.status).toBe('FAILED');
      });

      it('refuses what makes no sense, and writes nothing', async () => {
        const runner = await engine.use([orders]);
        const old = await runner.start(orders, 'main', 1);
        await old.result();
        await untilFinal(runner, old.id);
        const count = async (): Promise<number> =>
          (await runner.list({ workflow: 'fork-orders', limit: 1_000 })).items.length;
        const before = await count();
        await expect(runner.fork('0190d6f0-0000-7000-8000-000000000001')).rejects.toBeInstanceOf(RunNotFoundError);
        await expect(runner.fork(old.id)).rejects.toThrow('fork.from is missing');
        await expect(runner.fork(old.id, { from: 'paint' })).rejects.toThrow(
          'fork.from names "paint", which is no node',
        );
        await expect(runner.fork(old.id, { from: { task: 'price', index: 0 } })).rejects.toThrow('is not mapped');
        await expect(runner.fork(old.id, { from: { task: 'pack', index: 3 } })).rejects.toThrow('from 0 to 2, got 3');
        await expect(runner.fork(old.id, { from: 'price', version: '9' })).rejects.toBeInstanceOf(
          WorkflowNotRegisteredError,
        );
        expect(await count()).toBe(before);
      });

      it('is made once for one key', async () => {
        const runner = await engine.use([orders]);
        const old = await runner.start(orders, 'main', 1);
        await old.result();
        const options = { from: 'price', idempotencyKey: 'repair 1' };
        const forks = await Promise.all(Array.from({ length: 10 }, () => runner.fork(old.id, options)));
        expect(new Set(forks.map(({ id }) => id)).size).toBe(1);
        await forks[0]?.result();
      });
    });

    describe('retry from a task', () => {
      it('runs again what is downstream, what runs at the end of the flow included, and nothing else', async () => {
        let isBroken = true;
        const failing = defineWorkflow('retry-from')
          .task('a', async (_: void) => note('a', 1))
          .task('beside', async (_: void) => note('beside', 2))
          .task('b', { dependsOn: ['a'] }, async (a: number) => note('b', a + 1))
          .task('tidy', { always: true }, async (_: void) => note('tidy', null))
          .flow('main', { dependsOn: ['b', 'beside'] }, async (b: number, _n: number, _ctx: TaskContext<void>) => {
            if (isBroken) throw new Error('broken');
            return b;
          })
          .build();
        const runner = await engine.use([failing]);
        const run = await runner.start(failing, 'main');
        await expect(run.result()).rejects.toThrow('broken');
        isBroken = false;
        calls = [];
        const again = await runner.retry(run.id, { from: 'a' });
        expect(await again.result()).toBe(2);
        expect(calls.sort()).toEqual(['a', 'b', 'tidy']);
        await expect(runner.retry(run.id, { from: 'a' })).rejects.toThrow('use fork(runId, { from })');
      });
    });

    describe('start from another run', () => {
      it('shares results between the flows of a workflow', async () => {
        const runner = await engine.use([orders]);
        const first = await runner.start(orders, 'quote', 5);
        expect(await first.result()).toBe(3);
        await untilFinal(runner, first.id);
        calls = [];
        const second = await runner.start(orders, 'main', 5, { from: first.id });
        expect(second.reused).toEqual(['load', 'price']);
        expect(await second.result()).toEqual({ price: 3, packed: [50, 60, 70], input: 5 });
        expect(calls.sort()).toEqual(['main', 'pack 0', 'pack 1', 'pack 2', 'tidy']);
        calls = [];
        expect(await runner.run(orders, 'main', 5, { from: second.id })).toMatchObject({ price: 3 });
        expect(calls).toEqual([]);
      });

      it('takes over nothing that saw another input', async () => {
        const runner = await engine.use([orders]);
        const first = await runner.start(orders, 'quote', 5);
        await first.result();
        calls = [];
        const second = await runner.start(orders, 'quote', 6, { from: first.id });
        expect(second.reused).toEqual([]);
        await second.result();
        expect(calls.sort()).toEqual(['load', 'price', 'quote', 'tidy']);
      });

      it('refuses a run of another workflow, and one that is not there', async () => {
        const other = defineWorkflow('fork-other')
          .flow('main', async (n: number) => n)
          .build();
        const runner = await engine.use([orders, other]);
        const first = await runner.start(other, 'main', 5);
        await expect(runner.start(orders, 'quote', 5, { from: first.id })).rejects.toBeInstanceOf(ArgumentError);
        const gone = runner.start(orders, 'quote', 5, { from: '0190d6f0-0000-7000-8000-000000000001' });
        await expect(gone).rejects.toBeInstanceOf(RunNotFoundError);
      });
    });

    describe('two versions of one workflow', () => {
      const version = (label: string | undefined, workflow = 'versioned') =>
        defineWorkflow(workflow, label === undefined ? {} : { version: label })
          .flow('main', async (n: number) => note(label ?? 'none', `${label ?? 'none'} ${n}`))
          .build();

      it('stand side by side, and runs keep to theirs', async () => {
        const [one, two] = [version('1'), version('2')];
        const both = await engine.use([one, two]);
        expect(await Promise.all([both.run(one, 'main', 1), both.run(two, 'main', 2)])).toEqual(['1 1', '2 2']);
        const waiting = await both.start(one, 'main', 3, { delay: '1h' });
        expect(await both.get(waiting.id)).toMatchObject({ version: '1' });
        expect(both.graph(one).version).toBe('1');
      });
    });
  });
}
