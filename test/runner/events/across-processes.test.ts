import 'reflect-metadata';
import { container as globalContainer } from 'tsyringe';
import { WorkflowRunner, defineWorkflow } from '../../../src';
import type { FollowedEvent, RunEvent, TaskContext } from '../../../src';
import { MemoryLogger } from '../../fixtures/memory-logger';
import { createTestDatabase } from '../../setup/database';
import type { TestDatabase } from '../../setup/database';

describe('events of a run that another process executes', () => {
  let database: TestDatabase;
  const runners: WorkflowRunner[] = [];

  beforeAll(async () => (database = await createTestDatabase()));
  afterAll(async () => {
    for (const runner of runners) await runner.close();
    await database.drop();
  });

  const told = defineWorkflow('told')
    .task('talk', async (_: void, ctx: TaskContext<void>) => {
      ctx.logger.warn({ part: 1 }, 'early');
      ctx.progress(0.25, 'begun');
      return 1;
    })
    .task('commit', { dependsOn: ['talk'], transactional: true }, async (_: number, ctx: TaskContext<void>) => {
      await ctx.manager.query('SELECT 1');
      return 2;
    })
    .flow('main', { dependsOn: ['commit'] }, async (n: number, ctx: TaskContext<void>) => {
      ctx.logger.info({}, 'late');
      return n;
    })
    .build();
  const open = async (worker: false | { poll: number }): Promise<WorkflowRunner> => {
    const container = globalContainer.createChildContainer();
    const runner = await WorkflowRunner.create({
      workflows: [told],
      database: database.url,
      container,
      worker,
      logger: new MemoryLogger(),
    });
    runners.push(runner);
    return runner;
  };

  it('are those of its nodes, its log and its progress, what was said right before its end too; and of transactional tasks', async () => {
    const client = await open(false);
    const run = await client.start(told, 'main', undefined);
    const events: FollowedEvent[] = [];
    const following = (async () => {
      for await (const event of run.events()) events.push(event);
    })();
    const worker = await open({ poll: 50 });
    const heard: RunEvent[] = [];
    worker.subscribe((event) => void heard.push(event));
    expect(await run.result()).toBe(2);
    await following;
    const words = (all: readonly RunEvent[]): string[] =>
      all.map((event) =>
        event.type === 'log'
          ? event.message
          : event.type === 'progress'
            ? `${event.fraction} ${event.note}`
            : event.type === 'node'
              ? `${event.task} ${event.status}`
              : event.status,
      );
    const all = ['early', '0.25 begun', 'talk COMPLETED', 'commit COMPLETED', 'late', 'main COMPLETED', 'COMPLETED'];
    expect(words(events)).toEqual(expect.arrayContaining(all));
    expect(words(events).at(-1)).toBe('COMPLETED');
    expect(words(heard)).toEqual(expect.arrayContaining(['commit COMPLETED', 'COMPLETED']));
    expect((await client.logs(run.id)).map(({ message, task, level }) => [task, level, message])).toEqual([
      ['talk', 'warn', 'early'],
      ['main', 'info', 'late'],
    ]);
  });

  it('are deleted with it', async () => {
    const worker = runners.at(-1) as WorkflowRunner;
    const run = await worker.start(told, 'main', undefined);
    await run.result();
    expect(await worker.logs(run.id)).toHaveLength(2);
    await worker.cleanup({ olderThan: 0 });
    expect(await worker.logs(run.id)).toEqual([]);
  });
});
