import { Inject, Injectable, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { TestingModule } from '@nestjs/testing';
import { InjectDataSource, TypeOrmModule, getDataSourceToken } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { Flow, Task, Workflow, WorkflowRunner } from 'typeflow';
import type { TaskContext } from 'typeflow';
import { WorkflowRun, typeflowEntities } from 'typeflow/entities';
import { TypeflowModule } from 'typeflow/nestjs';
import { MemoryLogger } from '../fixtures/memory-logger';
import { createTestDatabase } from '../setup/database';
import type { TestDatabase } from '../setup/database';

/** Where a test stands in the way of a task. */
class Gate {
  called!: () => void;
  readonly isCalled = new Promise<void>((resolve) => (this.called = resolve));
  open!: () => void;
  readonly isOpen = new Promise<void>((resolve) => (this.open = resolve));
}

@Workflow({ name: 'stock' })
class StockWorkflow {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    @Inject('gate') private readonly gate: Gate,
  ) {}

  /** Asks the application's database after the application was told to stop. */
  @Task()
  async count(): Promise<number> {
    this.gate.called();
    await this.gate.isOpen;
    return this.dataSource.getRepository(WorkflowRun).count();
  }

  @Flow({ dependsOn: ['count'] })
  main(count: number, _ctx: TaskContext<void>): number {
    return count;
  }
}

@Injectable()
class StockService {
  constructor(
    readonly runner: WorkflowRunner,
    @InjectDataSource() readonly dataSource: DataSource,
  ) {}
}

const gates: Gate[] = [];
const gate = (): Gate => gates.at(-1) as Gate;

@Module({
  imports: [TypeflowModule.forFeature([StockWorkflow])],
  providers: [StockService, { provide: 'gate', useFactory: gate }],
})
class StockModule {}

describe('the DataSource of @nestjs/typeorm', () => {
  let database: TestDatabase;

  beforeAll(async () => (database = await createTestDatabase()));
  afterAll(() => database.drop());

  const create = async (): Promise<TestingModule> => {
    gates.push(new Gate());
    const module = await Test.createTestingModule({
      imports: [
        // The order in which they stand makes no difference.
        TypeflowModule.forRootAsync({
          inject: [getDataSourceToken()],
          useFactory: (dataSource: DataSource) => ({ database: dataSource, logger: new MemoryLogger() }),
        }),
        TypeOrmModule.forRoot({ type: 'postgres', url: database.url, entities: typeflowEntities() }),
        StockModule,
      ],
    }).compile();
    return module.init();
  };

  it('is the one of the runner: runs are started within its transactions', async () => {
    const module = await create();
    const { runner, dataSource } = module.get(StockService, { strict: false });
    gate().open();
    const run = await dataSource.transaction((manager) => runner.start(StockWorkflow, 'main', undefined, { manager }));
    expect(await run.result()).toBe(1);
    let id = '';
    const refused = dataSource.transaction(async (manager) => {
      ({ id } = await runner.start(StockWorkflow, 'main', undefined, { manager }));
      throw new Error('out of stock');
    });
    await expect(refused).rejects.toThrow('out of stock');
    expect(await runner.get(id)).toBeUndefined();
    await module.close();
    expect(dataSource.isInitialized).toBe(false);
  });

  it('is there until the runner is closed: what is being called ends, is recorded, and the next application goes on', async () => {
    const module = await create();
    const { runner, dataSource } = module.get(StockService, { strict: false });
    const run = await runner.start(StockWorkflow, 'main');
    await gate().isCalled;
    const closing = module.close();
    await new Promise((resolve) => setImmediate(resolve));
    gate().open();
    await closing;
    expect(dataSource.isInitialized).toBe(false);

    const next = await create();
    const again = next.get(WorkflowRunner);
    expect(await again.result(run.id)).toBe(2);
    const record = await again.get(run.id);
    expect(record?.nodes.map(({ task, attempt }) => [task, attempt])).toEqual([
      ['count', 1],
      ['main', 1],
    ]);
    await next.close();
  });
});
