import 'reflect-metadata';
import { container as globalContainer } from 'tsyringe';
import { Column, DataSource, Entity, PrimaryColumn } from 'typeorm';
import { WorkflowRunner, defineWorkflow } from '../../src';
import type { TaskContext } from '../../src';
import { createTestDatabase } from '../setup/database';
import type { TestDatabase } from '../setup/database';

@Entity({ name: 'customer_order' })
class CustomerOrder {
  @PrimaryColumn('text')
  id!: string;

  @Column('int')
  total!: number;
}

const billing = defineWorkflow('billing')
  .task('bill', async (order: { id: string; total: number }) => `billed ${order.id}: ${order.total}`)
  .flow('main', { dependsOn: ['bill'] }, async (text: string, _ctx: TaskContext<{ id: string; total: number }>) => text)
  .build();

let database: TestDatabase;
let dataSource: DataSource;
let runner: WorkflowRunner;

beforeAll(async () => {
  database = await createTestDatabase();
  dataSource = new DataSource({ type: 'postgres', url: database.url, entities: [CustomerOrder], synchronize: true });
  await dataSource.initialize();
  runner = await WorkflowRunner.create({
    workflows: [billing],
    database: dataSource,
    container: globalContainer.createChildContainer(),
    worker: { poll: '50ms' },
  });
});

afterAll(async () => {
  await runner?.close();
  await dataSource?.destroy();
  await database?.drop();
});

describe("a runner on the application's own DataSource", () => {
  it('starts a run in the transaction of the caller: both are there, and the run is executed', async () => {
    const order = { id: 'o-1', total: 12 };
    const handle = await dataSource.transaction(async (manager) => {
      await manager.save(CustomerOrder, order);
      return runner.start(billing, 'main', order, { manager, idempotencyKey: order.id });
    });
    expect(await handle.result()).toBe('billed o-1: 12');
    expect(await dataSource.getRepository(CustomerOrder).countBy({ id: 'o-1' })).toBe(1);
  });

  it('has no run when the transaction is rolled back', async () => {
    let runId: string | undefined;
    const rolledBack = dataSource.transaction(async (manager) => {
      await manager.save(CustomerOrder, { id: 'o-2', total: 5 });
      runId = (await runner.start(billing, 'main', { id: 'o-2', total: 5 }, { manager })).id;
      throw new Error('changed my mind');
    });
    await expect(rolledBack).rejects.toThrow('changed my mind');
    expect(await runner.get(runId as string)).toBeUndefined();
    expect(await dataSource.getRepository(CustomerOrder).countBy({ id: 'o-2' })).toBe(0);
  });

  it('finds the run of the same key inside a transaction too', async () => {
    const order = { id: 'o-3', total: 1 };
    const first = await runner.start(billing, 'main', order, { idempotencyKey: 'o-3' });
    const second = await dataSource.transaction((manager) =>
      runner.start(billing, 'main', order, { idempotencyKey: 'o-3', manager }),
    );
    expect(second.id).toBe(first.id);
  });

  it('leaves the DataSource open when it closes', async () => {
    const other = await WorkflowRunner.create({
      workflows: [billing],
      database: dataSource,
      container: globalContainer.createChildContainer(),
    });
    await other.close();
    expect(dataSource.isInitialized).toBe(true);
    expect(await dataSource.getRepository(CustomerOrder).count()).toBeGreaterThan(0);
  });
});
