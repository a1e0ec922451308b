import { WorkflowNotRegisteredError, defineWorkflow, optional } from '../../src';
import type { RunRecord, TaskContext, WorkflowRunner } from '../../src';
import { engineFixture } from './engine-fixture';
import type { OpenDatabase } from './engine-fixture';

/** A worker that takes none of these runs. */
const ELSEWHERE = { worker: { queues: ['elsewhere'] } } as const;

/** One runner after another on one database, with other code: the stores that outlive a runner run these cases. */
export function deploySuite(name: string, openDatabase: OpenDatabase): void {
  describe(`deployments on ${name}`, () => {
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

    describe('two versions of one workflow', () => {
      const version = (label: string | undefined, workflow = 'versioned') =>
        defineWorkflow(workflow, label === undefined ? {} : { version: label })
          .flow('main', async (n: number) => note(label ?? 'none', `${label ?? 'none'} ${n}`))
          .build();

      it('are not executed by each other, though their graphs are equal: the run waits, and is told why', async () => {
        const [one, two] = [version('1'), version('2')];
        const before = await engine.use([one], ELSEWHERE);
        const { id } = await before.start(one, 'main', 4);
        const after = await engine.use([two]);
        await until(after, id, ({ status }) => status === 'WAITING');
        const { run } = await after.explain(id);
        expect(run.sentence).toBe(
          'the code of its workflow has changed since it began: it was begun by version "1" of the code, and only version "2" is ' +
            'there; start a worker with the code that it began with, fork it to go on with other code, or cancel it',
        );
        expect(run.reason).toMatchObject({
          code: 'code-changed',
          version: '1',
          because: [{ code: 'other-version', versions: ['2'] }],
        });
        // A worker that has both takes it, although code that it also has refused it.
        const both = await engine.use([two, one]);
        expect((await untilFinal(both, id)).output).toBe('1 4');
      });

      it('let a run go over by a fork', async () => {
        const [one, two] = [version('1'), version('2')];
        const before = await engine.use([one]);
        const { id } = await before.start(one, 'main', 5, { delay: '1h' });
        const after = await engine.use([two]);
        const fork = await after.fork(id);
        expect(await fork.result()).toBe('2 5');
        expect(await fork.get()).toMatchObject({ version: '2', forkedFrom: id });
        expect(await after.cancel(id)).toBe(true);
        await expect(after.retry(id)).rejects.toBeInstanceOf(WorkflowNotRegisteredError);
      });

      it.each([
        ['with', undefined, '2'],
        ['without', '1', undefined],
      ])('leave it to the graph, where only the code %s one is there', async (_, began, now) => {
        const name = `half-versioned-${began ?? 'none'}`;
        const before = await engine.use([version(began, name)], ELSEWHERE);
        const { id } = await before.start(version(began, name), 'main', 6);
        const after = await engine.use([version(now, name)]);
        expect((await untilFinal(after, id)).output).toBe(`${now ?? 'none'} 6`);
      });
    });

    describe('changed code', () => {
      const before = defineWorkflow('changed-code')
        .task('load', async (n: number) => note('load', n))
        .task(
          'pay',
          { dependsOn: ['load'], retries: { max: 1, backoff: 'constant', initialDelay: '1h' } },
          async (n: number, ctx: TaskContext<number>) => {
            if (ctx.input < 0) throw new Error('later');
            return note('pay', n);
          },
        )
        .flow('main', { dependsOn: ['pay'] }, async (n: number, _ctx: TaskContext<number>) => n)
        .build();
      const after = defineWorkflow('changed-code')
        .task('load', async (n: number) => note('load', n))
        .task('check', { dependsOn: ['load'] }, async (n: number) => note('check', n > 0))
        .task('pay', { dependsOn: ['load', optional('check')] }, async (n: number) => note('pay 2', n))
        .flow('main', { dependsOn: ['pay'] }, async (n: number, _ctx: TaskContext<number>) => n)
        .build();

      it('is told before it is deployed: which runs go on, and which wait', async () => {
        const old = await engine.use([before]);
        const begun = await old.start(before, 'main', -1);
        await until(old, begun.id, ({ status }) => status === 'WAITING');
        const fresh = await old.start(before, 'main', 2, { delay: '1h' });
        expect((await old.affectedRuns(before)).items).toEqual([]);
        const changed = await engine.use([after], ELSEWHERE);
        const { items, cursor } = await changed.affectedRuns(after);
        expect(cursor).toBeUndefined();
        expect(items).toMatchObject([
          {
            id: fresh.id,
            outcome: 'continues',
            sentence:
              'it goes on, because nothing of it had begun that has changed: task "check" is new, ' +
              `task "pay" now also needs optional('check')`,
          },
          {
            id: begun.id,
            outcome: 'waits',
            refusal: { code: 'changed', node: 'pay' },
            sentence: `it waits: "pay" had begun, and task "pay" now also needs optional('check')`,
          },
        ]);
        const first = await changed.affectedRuns(after, { limit: 1 });
        expect(first.items.map(({ id }) => id)).toEqual([fresh.id]);
        const second = await changed.affectedRuns(after, { limit: 1, cursor: first.cursor ?? '' });
        expect(second.items.map(({ id }) => id)).toEqual([begun.id]);
        await changed.cancel(begun.id);
        await changed.cancel(fresh.id);
      });

      it('leaves a run waiting, says which edge it is, and lets it go on by a fork', async () => {
        const old = await engine.use([before], { worker: { parkAfter: '1ms' } });
        const { id } = await old.start(before, 'main', -1);
        await until(old, id, ({ status }) => status === 'WAITING');
        // Forked before any worker has looked at it.
        const changed = await engine.use([after]);
        calls = [];
        const fork = await changed.fork(id, { input: 8 });
        expect(fork.reused).toEqual(['load']);
        expect(await fork.result()).toBe(-1);
        expect(calls).toEqual(['check', 'pay 2']);
        const waiting = await changed.get(id);
        expect(waiting?.status).toBe('WAITING');
        // By the graph that is kept of the code that is gone.
        expect(waiting?.nodes.map(({ task, kind, status }) => `${kind} ${task} ${status}`)).toEqual([
          'task load COMPLETED',
          'task pay WAITING',
          'flow main PENDING',
        ]);
        await changed.cancel(id, 'replaced');
      });
    });
  });
}
