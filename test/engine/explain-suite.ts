import { ArgumentError, RunNotFoundError, defineWorkflow, optional } from '../../src';
import type { Explanation, TaskContext, WorkflowRunner } from '../../src';
import { engineFixture, untilAborted } from './engine-fixture';
import type { OpenDatabase } from './engine-fixture';
import { Gate } from './gate';

/** Why things do not run: every store runs these same cases. */
export function explainSuite(name: string, openDatabase: OpenDatabase): void {
  describe(`what explain says on ${name}`, () => {
    const engine = engineFixture(openDatabase);
    let runner: WorkflowRunner;
    let gate: Gate;
    let failures: number;

    const orders = defineWorkflow('orders')
      .task('check', async (n: number) => n)
      .task(
        'pay',
        { dependsOn: ['check'], timeout: false, retries: { max: 4, initialDelay: '1h' } },
        async (n: number) => {
          if (failures-- > 0) throw new Error('Card declined');
          await gate.opened;
          return n;
        },
      )
      .task('ship', { dependsOn: ['pay'] }, async (n: number) => n)
      .flow('main', { dependsOn: ['ship'] }, async (n: number, _ctx: TaskContext<number>) => n)
      .build();

    let arrival: Gate;
    const trip = defineWorkflow('trip')
      .task('flight', async (n: number) => n)
      .task('hotel', { dependsOn: ['flight'] }, async (n: number) => n)
      .task('taxi', { dependsOn: ['hotel'] }, async (n: number) => n)
      .task('car', async (_: number, ctx: TaskContext<number>): Promise<number> => ctx.skip('no car'))
      .flow(
        'main',
        { dependsOn: ['taxi', optional('car')], timeout: false },
        async (_t: number, _c: number | undefined, ctx: TaskContext<number>) => {
          await Promise.race([arrival.opened, untilAborted(ctx.signal)]);
          throw new Error('no trip');
        },
      )
      .compensate('hotel', { concurrency: 1 }, async () => gate.opened)
      .compensate('flight', async () => undefined)
      .compensate('car', async () => undefined)
      .build();

    // One runner serves all cases: on PGlite a start takes seconds.
    beforeAll(async () => void (runner = await engine.use([orders, trip], { worker: { reportAfter: 0 } })), 60_000);

    beforeEach(() => {
      gate = new Gate();
      arrival = new Gate();
      failures = 0;
    });

    /** Explains until the node stands so: calls are reported, and runs parked, a moment after they are. */
    const until = async (runId: string, task: string, code: string): Promise<Explanation> => {
      for (;;) {
        const explanation = await runner.explain(runId);
        if (explanation.nodes.some((node) => node.task === task && node.reason.code === code)) return explanation;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    };

    it('follows a run from its first call to its end', async () => {
      const [self] = await runner.workers();
      expect(self).toMatchObject({ id: runner.health?.id, queues: ['default'], workflows: ['orders', 'trip'] });
      const { id: runId, result } = await startOf();
      const running = await until(runId, 'pay', 'running');
      const worker = { id: self?.id, label: self?.label };
      expect(running.run).toMatchObject({ status: 'RUNNING', reason: { code: 'running', worker }, isCodeKnown: true });
      expect(running.nodes).toMatchObject([
        { task: 'pay', status: 'RUNNING', reason: { code: 'running', worker, attempt: 1, of: 5 } },
        {
          task: 'ship',
          status: 'PENDING',
          reason: { code: 'waits-for-dependency', on: [{ task: 'pay', status: 'RUNNING' }] },
        },
        { task: 'main', status: 'PENDING', sentence: 'it waits for "ship", which is PENDING' },
      ]);
      gate.open();
      await result();
      const over = await runner.explain(runId);
      expect(over).toMatchObject({ run: { reason: { code: 'final', status: 'COMPLETED' } }, nodes: [] });
      expect((await runner.explain(runId, 'pay')).nodes).toMatchObject([{ reason: { code: 'final' } }]);
    });

    it('tells of a backoff, and of the failure before it', async () => {
      failures = 1;
      const { id: runId } = await startOf();
      const parked = await until(runId, 'pay', 'backing-off');
      expect(parked.nodes[0]).toMatchObject({
        reason: { code: 'backing-off', error: { name: 'Error', message: 'Card declined' }, attempt: 1, of: 5 },
        sentence: expect.stringMatching(
          /^attempt 1 of 5 failed \(Error: Card declined\); the next one is due at .*Z \(in /,
        ),
      });
      while ((await runner.explain(runId)).run.reason.code === 'running')
        await new Promise((resolve) => setTimeout(resolve, 5));
      expect((await runner.explain(runId)).run).toMatchObject({
        status: 'WAITING',
        reason: { code: 'backing-off', task: 'pay' },
      });
      await runner.cancel(runId);
    });

    it('tells of a start that is yet to come, and of a queue that nobody takes', async () => {
      const later = await runner.start(orders, 'main', 1, { delay: '1h' });
      expect((await runner.explain(later.id)).run).toMatchObject({ status: 'PENDING', reason: { code: 'not-due' } });
      const lost = await runner.start(orders, 'main', 1, { queue: 'gpu' });
      const { run, nodes } = await runner.explain(lost.id);
      expect(run.sentence).toBe('no worker serves this: the only live worker does not take queue "gpu"');
      expect(nodes[0]).toMatchObject({ task: 'check', reason: { code: 'no-worker', lacks: 'queue' } });
      for (const { id } of [later, lost]) await runner.cancel(id);
    });

    it.each(['failure', 'cancel'] as const)(
      'tells of compensations after a %s: those at work, and those that wait for them',
      async (why) => {
        const run = await runner.start(trip, 'main', 1);
        await until(run.id, 'main', 'running');
        const before = await runner.explain(run.id);
        expect(before.nodes.map(({ task }) => task)).toEqual(['car', 'main']);
        expect((await runner.explain(run.id, 'flight-compensation')).nodes).toMatchObject([
          {
            status: 'PENDING',
            reason: { code: 'waits-for-end', task: 'flight' },
            sentence: 'it undoes "flight" when all nodes are over, if the run does not go well',
          },
        ]);
        if (why === 'cancel') await run.cancel();
        else arrival.open();
        const during = await until(run.id, 'hotel-compensation', 'running');
        const hotel = { attempt: 1, of: 1 };
        expect(during.nodes).toMatchObject([
          { task: 'car', reason: { code: 'final', status: 'SKIPPED' } },
          { task: 'main', reason: { code: 'final' } },
          { task: 'hotel-compensation', status: 'RUNNING', reason: { code: 'running', ...hotel } },
          {
            task: 'flight-compensation',
            status: 'PENDING',
            reason: {
              code: 'waits-for-dependency',
              on: [{ task: 'hotel-compensation', rule: 'compensation', status: 'RUNNING', attempt: hotel }],
            },
          },
        ]);
        expect((await runner.explain(run.id, 'car-compensation')).nodes).toMatchObject([
          {
            reason: { code: 'nothing-to-undo', task: 'car', status: 'SKIPPED' },
            sentence: 'there is nothing to undo: "car" is SKIPPED',
          },
        ]);
        gate.open();
        await run.result().catch(() => undefined);
        expect((await runner.explain(run.id, 'car-compensation')).nodes).toMatchObject([{ reason: { code: 'final' } }]);
        expect((await runner.explain(run.id)).nodes.map(({ task }) => task)).toEqual(['car', 'main']);
      },
    );

    it('refuses a run or a task that does not exist', async () => {
      await expect(runner.explain('0190d6f0-0000-7000-8000-000000000001')).rejects.toBeInstanceOf(RunNotFoundError);
      const { id } = await runner.start(orders, 'main', 1, { delay: '1h' });
      await expect(runner.explain(id, 'pya')).rejects.toBeInstanceOf(ArgumentError);
    });

    async function startOf() {
      const handle = await runner.start(orders, 'main', 1);
      return { id: handle.id, result: () => handle.result() };
    }
  });
}
