import 'reflect-metadata';
import { container as globalContainer } from 'tsyringe';
import { Column, DataSource, DefaultNamingStrategy, Entity, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import type { Logger, NamingStrategyInterface, Relation } from 'typeorm';
import { WorkflowRunner, defineWorkflow } from 'typeflow';
import type { TaskContext } from 'typeflow';
import { WorkflowNode, WorkflowRun, typeflowEntities, typeflowMigrations } from 'typeflow/entities';
import { MemoryLogger } from '../fixtures/memory-logger';
import { createTestDatabase } from '../setup/database';
import type { TestDatabase } from '../setup/database';

/** The user's own, beside ours. */
@Entity()
class CustomerInvoice {
  @PrimaryColumn('text')
  invoiceNumber!: string;

  @Column('uuid')
  runId!: string;

  @ManyToOne(() => WorkflowRun, { createForeignKeyConstraints: false })
  @JoinColumn({ name: 'run_id' })
  run!: Relation<WorkflowRun>;
}

/** As the popular one: what has no name of its own is written in snake case. */
class SnakeNaming extends DefaultNamingStrategy implements NamingStrategyInterface {
  override tableName(className: string, customName?: string): string {
    return customName ?? snake(className);
  }

  override columnName(propertyName: string, customName: string | undefined, prefixes: string[]): string {
    return snake(prefixes.concat(customName ?? propertyName).join('_'));
  }
}

const snake = (name: string): string => name.replace(/[a-z](?=[A-Z])/g, '$&_').toLowerCase();

const billing = defineWorkflow('billing')
  .task('book', async (number: string) => ({ number, at: new Date(5) }))
  .flow('main', { dependsOn: ['book'] }, async (booked: { number: string }, _ctx: TaskContext<string>) => booked.number)
  .build();

describe('the entities in a DataSource of the application’s own', () => {
  let database: TestDatabase;
  let statements: string[];
  let dataSource: DataSource;

  beforeEach(async () => {
    database = await createTestDatabase();
    statements = [];
    const logger: Logger = {
      logQuery: (text) => void statements.push(text),
      logQueryError: () => undefined,
      logQuerySlow: () => undefined,
      logSchemaBuild: () => undefined,
      logMigration: () => undefined,
      log: () => undefined,
    };
    dataSource = new DataSource({
      type: 'postgres',
      url: database.url,
      entities: [CustomerInvoice, ...typeflowEntities()],
      migrations: typeflowMigrations(),
      namingStrategy: new SnakeNaming(),
      logging: true,
      logger,
    });
    await dataSource.initialize();
    await dataSource.query('CREATE TABLE customer_invoice (invoice_number text PRIMARY KEY, run_id uuid NOT NULL)');
  });

  afterEach(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  const runOn = async (options: { readonly migrate: boolean }): Promise<string> => {
    const runner = await WorkflowRunner.create({
      workflows: [billing],
      database: dataSource,
      container: globalContainer.createChildContainer(),
      logger: new MemoryLogger(),
      ...options,
    });
    const run = await dataSource.transaction(async (manager) => {
      const handle = await runner.start(billing, 'main', 'I-1', { manager });
      await manager.insert(CustomerInvoice, { invoiceNumber: 'I-1', runId: handle.id });
      return handle;
    });
    expect(await run.result()).toBe('I-1');
    await runner.close();
    return run.id;
  };

  it('are read, joined and related to, whatever the naming strategy; and what we send is in the log', async () => {
    await dataSource.runMigrations();
    const id = await runOn({ migrate: false });
    const invoice = await dataSource
      .getRepository(CustomerInvoice)
      .findOneOrFail({ where: { invoiceNumber: 'I-1' }, relations: { run: { nodes: true } } });
    expect(invoice.run).toMatchObject({ id, workflow: 'billing', status: 'COMPLETED', input: 'I-1', output: 'I-1' });
    expect(invoice.run.nodes?.map(({ node, status }) => [node, status])).toEqual([['book', 'COMPLETED']]);
    expect(await dataSource.getRepository(WorkflowRun).countBy({ workflow: 'billing', status: 'COMPLETED' })).toBe(1);
    expect(await dataSource.getRepository(WorkflowNode).findOneBy({ runId: id, node: 'book' })).toMatchObject({
      index: -1,
    });
    expect(statements.some((text) => /INSERT INTO "typeflow"\.run\b/.test(text))).toBe(true);
    expect(statements.some((text) => /INSERT INTO "typeflow"\.node\b/.test(text))).toBe(true);
  });

  it('have migrations that run once, by whichever of the two comes first', async () => {
    await runOn({ migrate: true });
    const ours = typeflowMigrations().length;
    // TypeORM has not run them, and finds that they have done their work.
    expect(await dataSource.runMigrations()).toHaveLength(ours);
    expect(await dataSource.query('SELECT count(*)::int AS n FROM typeflow.migration')).toEqual([{ n: ours }]);
    expect(await dataSource.showMigrations()).toBe(false);
    for (let i = 0; i < ours; i++) await dataSource.undoLastMigration();
    expect(await dataSource.query('SELECT count(*)::int AS n FROM typeflow.migration')).toEqual([{ n: 0 }]);
    expect(await dataSource.query(`SELECT to_regclass('typeflow.run') AS run`)).toEqual([{ run: null }]);
    await dataSource.runMigrations();
    await dataSource.query('DELETE FROM customer_invoice');
    await runOn({ migrate: false });
  });

  it('are no matter of synchronize, nor of generated migrations', async () => {
    const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
    expect(upQueries.map(({ query }) => query).filter((query) => /typeflow/.test(query))).toEqual([]);
  });

  it('are in one schema for a whole process, which is said', () => {
    expect(() => typeflowEntities({ schema: 'other' })).toThrow(
      /expected schema "typeflow", as before in this process, got "other"/,
    );
    expect(() => typeflowEntities({ schema: 'no good' })).toThrow(
      expect.objectContaining({ code: 'CONFIGURATION_INVALID' }) as Error,
    );
    expect(() => typeflowMigrations({ schema: 'no good' })).toThrow(
      expect.objectContaining({ code: 'CONFIGURATION_INVALID' }) as Error,
    );
  });

  it('of another schema go with the runner’s option', async () => {
    const other = new DataSource({
      type: 'postgres',
      url: database.url,
      migrations: typeflowMigrations({ schema: 'flows' }),
    });
    await other.initialize();
    await other.runMigrations();
    const runner = await WorkflowRunner.create({
      workflows: [billing],
      database: other,
      schema: 'flows',
      migrate: false,
      container: globalContainer.createChildContainer(),
      logger: new MemoryLogger(),
    });
    expect(await runner.run(billing, 'main', 'x')).toBe('x');
    expect(await other.query('SELECT status FROM flows.run')).toEqual([{ status: 'COMPLETED' }]);
    await runner.close();
    await other.destroy();
  });
});
