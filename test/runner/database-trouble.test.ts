import 'reflect-metadata';
import { container as globalContainer } from 'tsyringe';
import { WorkflowRunner, defineWorkflow } from '../../src';
import { MemoryLogger } from '../fixtures/memory-logger';
import { TcpProxy } from '../fixtures/tcp-proxy';
import { createTestDatabase } from '../setup/database';

const echo = defineWorkflow('echo')
  .flow('main', (text: string) => text)
  .build();

describe('a worker whose database goes away', () => {
  it('stays, says so and since when, and goes on when the database is back', async () => {
    const database = await createTestDatabase();
    const proxy = await TcpProxy.before(database.url);
    const logger = new MemoryLogger();
    const url = new URL(proxy.url);
    const runner = await WorkflowRunner.create({
      workflows: [echo],
      database: url.href,
      container: globalContainer.createChildContainer(),
      logger,
      worker: { poll: '50ms', lease: '500ms' },
    });
    const health = () => runner.health ?? fail();
    const until = async (holds: () => boolean): Promise<void> => {
      while (!holds()) await new Promise((resolve) => setTimeout(resolve, 10));
    };
    await until(() => health().listening === 'on');
    expect(health()).toMatchObject({ isConnected: true });
    expect(health()).not.toHaveProperty('disconnectedSince');

    const cutAt = Date.now();
    proxy.mode = 'reset';
    await until(() => !health().isConnected && health().listening === 'lost');
    const since = health().disconnectedSince?.getTime() ?? 0;
    expect(since).toBeGreaterThanOrEqual(cutAt);
    expect(since).toBeLessThanOrEqual(Date.now());
    expect(health().lastError).toMatch(/polling: the database answered/);
    expect(`${health().lastError} ${JSON.stringify(logger.lines)}`).not.toContain(url.password || 'no password');
    // Long enough for the lease to end.
    await until(() => proxy.connections > 20);

    // Started while there is no database, and executed when there is one.
    const result = runner.run(echo, 'main', 'hello');
    proxy.mode = 'pass';
    expect(await result).toBe('hello');
    await until(() => health().isConnected && health().listening === 'on');
    expect(health()).not.toHaveProperty('disconnectedSince');
    expect(logger.lines.map(({ message }) => message)).toContain('the database answers again');
    await runner.close();
    await proxy.close();
    await database.drop();
  }, 30_000);
});

function fail(): never {
  throw new Error('the runner has a worker');
}
