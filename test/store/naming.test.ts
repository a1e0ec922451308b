import 'reflect-metadata';
import { container as globalContainer } from 'tsyringe';
import { Column, DataSource, DefaultNamingStrategy, Entity, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import type { Relation } from 'typeorm';
import { WorkflowRunner, defineWorkflow } from 'typeflow';
import { WorkflowLogLine, WorkflowNode, WorkflowRun, keepTypeflowNames, typeflowEntities } from 'typeflow/entities';
import { MemoryLogger } from '../fixtures/memory-logger';
import { createTestDatabase } from '../setup/database';
import type { TestDatabase } from '../setup/database';

@Entity({ name: 'customerInvoice' })
class CustomerInvoice {
  @PrimaryColumn({ name: 'invoiceNumber', type: 'text' })
  invoiceNumber!: string;

  @Column({ name: 'runId', type: 'uuid' })
  runId!: string;

  @ManyToOne(() => WorkflowRun, { createForeignKeyConstraints: false })
  // TypeORM compares it with the rewritten name of the column.
  @JoinColumn({ name: 'RUNID' })
  run!: Relation<WorkflowRun>;
}

/** Also rewrites the names that are written down. */
class ShoutedNaming extends DefaultNamingStrategy {
  override tableName(className: string, customName?: string): string {
    return `T_${(customName ?? className).toUpperCase()}`;
  }

  override columnName(propertyName: string, customName: string | undefined, prefixes: string[]): string {
    return prefixes
      .concat(customName ?? propertyName)
      .join('_')
      .toUpperCase();
  }

  override joinColumnName(relationName: string, referencedColumnName: string): string {
    return `${relationName}_${referencedColumnName}`.toUpperCase();
  }
}

const billing = defineWorkflow('billing')
  .task('book', async (number: string) => number)
  .flow('main', { dependsOn: ['book'] }, async (booked: string) => booked)
  .build();

describe('a DataSource whose naming strategy rewrites every name, and that has a prefix for tables', () => {
  let database: TestDatabase;
  let dataSource: DataSource;

  beforeEach(async () => {
    database = await createTestDatabase();
    dataSource = await connect();
    await dataSource.query(
      'CREATE TABLE "app_T_CUSTOMERINVOICE" ("INVOICENUMBER" text PRIMARY KEY, "RUNID" uuid NOT NULL)',
    );
  });

  afterEach(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  const connect = (): Promise<DataSource> =>
    new DataSource({
      type: 'postgres',
      url: database.url,
      entities: [CustomerInvoice, ...typeflowEntities()],
      namingStrategy: new ShoutedNaming(),
      entityPrefix: 'app_',
    }).initialize();

  const runOn = async (): Promise<string> => {
    const runner = await WorkflowRunner.create({
      workflows: [billing],
      database: dataSource,
      container: globalContainer.createChildContainer(),
      logger: new MemoryLogger(),
    });
    const run = await runner.start(billing, 'main', 'I-1');
    expect(await run.result()).toBe('I-1');
    await dataSource.getRepository(CustomerInvoice).insert({ invoiceNumber: 'I-1', runId: run.id });
    await runner.close();
    return run.id;
  };

  const invoices = (from: DataSource): Promise<CustomerInvoice[]> =>
    from
      .getRepository(CustomerInvoice)
      .find({ where: { run: { status: 'COMPLETED' } }, relations: { run: { nodes: true } } });

  it('has our entities under their own names once a runner has it', async () => {
    const id = await runOn();
    const [invoice] = await invoices(dataSource);
    expect(invoice).toMatchObject({ invoiceNumber: 'I-1', runId: id, run: { id, workflow: 'billing', output: 'I-1' } });
    expect(invoice?.run.nodes?.map(({ node, status }) => [node, status])).toEqual([['book', 'COMPLETED']]);
    const nodes = dataSource.getRepository(WorkflowNode);
    expect(await nodes.find({ where: { runId: id }, relations: { run: true } })).toMatchObject([{ run: { id } }]);
    const runs = dataSource.getRepository(WorkflowRun).createQueryBuilder('r').innerJoin('r.nodes', 'n');
    expect(await runs.where('n.node = :node', { node: 'book' }).orderBy('r.createdAt').getCount()).toBe(1);
    expect(await dataSource.getRepository(WorkflowLogLine).count()).toBe(0);
    expect(dataSource.getMetadata(CustomerInvoice).tablePath).toBe('app_T_CUSTOMERINVOICE');
  });

  it('has them where no runner is, too, when it is asked', async () => {
    const id = await runOn();
    const reader = await connect();
    await expect(invoices(reader)).rejects.toThrow(/app_T_RUN/);
    keepTypeflowNames(reader);
    keepTypeflowNames(reader);
    expect(await invoices(reader)).toMatchObject([{ run: { id } }]);
    await reader.destroy();
  });

  it('still leaves them out of synchronize', async () => {
    await runOn();
    const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
    expect(upQueries.map(({ query }) => query).filter((query) => /typeflow|"run"|"node"/.test(query))).toEqual([]);
  });

  it('has a table with these columns for every entity', async () => {
    await runOn();
    for (const entity of typeflowEntities()) {
      await expect(dataSource.getRepository(entity).find()).resolves.toBeDefined();
    }
  });
});
