import 'reflect-metadata';
import { container } from 'tsyringe';
import { WorkflowRunner } from '../../src';
import { until } from './harness/campaign-database';
import { Proxy } from './harness/proxy';
import { Scenario } from './harness/scenario';

describe('clients and workers in processes of their own', () => {
  let scenario: Scenario;
  const clients: WorkflowRunner[] = [];
  beforeEach(async () => (scenario = await Scenario.open()));
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()));
    await scenario.close();
  });

  const clientAt = async (database: string): Promise<WorkflowRunner> => {
    const client = await WorkflowRunner.create({
      workflows: Object.values(scenario.database.workflows),
      database,
      worker: false,
      container: container.createChildContainer(),
    });
    clients.push(client);
    return client;
  };

  it('50 starts with one key from two clients at once are one run; another input is a conflict', async () => {
    const { client, url, workflows } = scenario.database;
    const both = [client, await clientAt(url)] as const;
    const handles = await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        both[i % 2]!.start(workflows.gated, 'main', 'same', { idempotencyKey: 'k' }),
      ),
    );
    expect(new Set(handles.map(({ id }) => id)).size).toBe(1);
    expect(await scenario.database.value('SELECT count(*)::int AS value FROM typeflow.run')).toBe(1);
    for (const one of both) {
      await expect(one.start(workflows.gated, 'main', 'other', { idempotencyKey: 'k' })).rejects.toMatchObject({
        code: 'IDEMPOTENCY_CONFLICT',
      });
    }
  }, 120_000);

  it.each(['after', 'before'] as const)(
    'a start whose connection is lost %s its commit is one run',
    async (when) => {
      const { url, workflows, query } = {
        url: scenario.database.url,
        workflows: scenario.database.workflows,
        query: () => scenario.database.query<{ id: string }>('SELECT id FROM typeflow.run'),
      };
      const proxy = await Proxy.to(url);
      try {
        const client = await clientAt(proxy.url);
        const isCut = when === 'after' ? proxy.cutAfterCommit('create') : undefined;
        if (when === 'before') proxy.set('blackhole');
        const started = client.start(workflows.gated, 'main', 'once');
        if (when === 'before') {
          await until('the statement is on its way', () => proxy.swallowed > 0);
          expect(await query()).toEqual([]);
          proxy.reset();
          proxy.set('pass');
        }
        await isCut;
        const { id } = await started;
        expect(proxy.cuts + proxy.resets).toBeGreaterThan(0);
        expect(await query()).toEqual([{ id }]);
      } finally {
        await proxy.close();
      }
    },
    120_000,
  );

  it('a cancel reaches a task in another process: it is aborted with that reason, and nothing new is called', async () => {
    const { client, workflows } = scenario.database;
    const worker = await scenario.worker({ lease: 20_000, cancelGrace: 50 });
    const run = await client.start(workflows.gated, 'main', '');
    await scenario.called('work', worker);
    expect(await run.cancel('enough')).toBe(true);
    await worker.says('aborted cancel');
    await scenario.allOver();
    const { status, nodes } = (await run.get())!;
    expect([status, ...nodes.map((node) => `${node.task} ${node.status}`)]).toEqual([
      'CANCELLED',
      'work CANCELLED',
      'main CANCELLED',
    ]);
    expect((await scenario.calls()).map(({ task }) => task)).toEqual(['work']);
  }, 120_000);
});
