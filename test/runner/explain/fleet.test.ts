import { defineWorkflow } from '../../../src';
import type { TaskContext } from '../../../src';
import { DefinitionRegistry } from '../../../src/runner/definition-registry';
import { explain } from '../../../src/runner/explain/explain';
import type { ExplainedNode } from '../../../src/runner/explain/explanation';
import { Gate } from '../../engine/gate';
import { Fleet } from '../fleet-fixture';
import type { AnyWorkflow } from '../fleet-fixture';

/** What two workers and a store really leave behind, explained. */
describe('in a fleet', () => {
  let fleet: Fleet;
  let gate: Gate;
  let workflow: AnyWorkflow;

  beforeEach(() => {
    fleet = new Fleet();
    gate = new Gate();
    workflow = defineWorkflow('films')
      .task('render', { queue: 'gpu', timeout: false }, async () => gate.opened)
      .flow('main', { dependsOn: ['render'] }, async (_: unknown, _ctx: TaskContext<number>) => 1)
      .build() as AnyWorkflow;
  });

  afterEach(async () => {
    gate.open();
    await fleet.close();
  });

  const nodeOf = async (runId: string, task: string): Promise<ExplainedNode | undefined> => {
    const source = { store: fleet.store, registry: new DefinitionRegistry([workflow]), queueLimits: new Map() };
    return (await explain(source, runId, task)).nodes[0];
  };
  const until = (runId: string, task: string, code: string): Promise<void> =>
    fleet.until(`${code} of ${task}`, async () => (await nodeOf(runId, task))?.reason.code === code);

  it('a call is told from its offer to its result', async () => {
    await fleet.worker([workflow], ['default'], { parkAfter: '1s' });
    const id = await fleet.start(workflow, 1);
    await until(id, 'render', 'no-worker');
    expect(await nodeOf(id, 'render')).toMatchObject({
      status: 'PENDING',
      reason: { lacks: 'queue', queue: 'gpu', workflow: 'films', live: 1, attempt: 1, since: expect.any(Date) },
    });
    const gpu = await fleet.worker([workflow], ['gpu']);
    await until(id, 'render', 'running');
    expect(await nodeOf(id, 'render')).toMatchObject({
      status: 'RUNNING',
      reason: { worker: { id: gpu.health.id, label: 'test' }, attempt: 1, since: expect.any(Date) },
    });
    await fleet.clock.advance(5_000);
    expect((await fleet.run(id)).status).toBe('WAITING');
    const listWorkers = jest.spyOn(fleet.store, 'listWorkers');
    expect((await nodeOf(id, 'render'))?.reason.code).toBe('running');
    expect(listWorkers).toHaveBeenCalledWith({ include: [gpu.health.id] });
    gate.open();
    expect(await fleet.output(id)).toBe(1);
    expect((await nodeOf(id, 'render'))?.reason.code).toBe('final');
  });

  it('a call that waits for its key is told with who holds it, and one of another key is not', async () => {
    workflow = defineWorkflow('charges')
      .task(
        'charge',
        { timeout: false, concurrency: { limit: 1, key: (n: number) => `c${n % 2}` } },
        async () => gate.opened,
      ) // prettier-ignore
      .flow('main', { dependsOn: ['charge'] }, async (_: unknown, _ctx: TaskContext<number>) => 1)
      .build() as AnyWorkflow;
    const first = await fleet.worker([workflow], ['default'], { reportAfter: 0, runs: 1 });
    const one = await fleet.start(workflow, 1);
    await until(one, 'charge', 'running');
    await fleet.worker([workflow], ['default'], { reportAfter: 0 });
    const [three, two] = [await fleet.start(workflow, 3), await fleet.start(workflow, 2)];
    await until(two, 'charge', 'running');
    await until(three, 'charge', 'concurrency-full');
    expect((await nodeOf(three, 'charge'))?.reason).toMatchObject({
      key: 'key:charges:c1',
      limit: 1,
      held: [{ worker: { id: first.health.id }, slots: 1 }],
    });
    gate.open();
    expect([await fleet.output(one), await fleet.output(two), await fleet.output(three)]).toEqual([1, 1, 1]);
  });
});
