import 'reflect-metadata';
import { Client } from 'pg';
import { container } from 'tsyringe';
import { all, defineWorkflow, each, WorkflowRunner } from '../../src';
import { createTestDatabase } from '../setup/database';
import { until } from './harness/campaign-database';
import { Proxy } from './harness/proxy';

const TASKS = 1_000;
const AT_ONCE = 50;

/** A service that all tasks need, and that is down at first. */
class Service {
  isDown = true;
  calls = 0;
  #open = 0;
  mostAtOnce = 0;

  async call(n: number): Promise<number> {
    this.calls++;
    this.#open++;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#open);
    await new Promise((resolve) => setImmediate(resolve));
    this.#open--;
    if (this.isDown) throw new Error('503');
    return n;
  }
}

const outageWorkflow = (service: Service) =>
  defineWorkflow('outage')
    .task('list', async () => Array.from({ length: TASKS }, (_, n) => n))
    .task(
      'call',
      { dependsOn: [each('list')], retries: { max: 9, backoff: 'exponential', initialDelay: '3s', maxDelay: '6s' } },
      (n: number) => service.call(n),
    )
    .flow('main', { dependsOn: [all('call')] }, async (numbers: number[]) => numbers.length)
    .build();

describe('1,000 tasks that fail together', () => {
  it('are put off as instants in the database, apart from each other and with few statements; a restart keeps them', async () => {
    const database = await createTestDatabase();
    const proxy = await Proxy.to(database.url);
    const service = new Service();
    const workflow = outageWorkflow(service);
    const create = () =>
      WorkflowRunner.create({
        workflows: [workflow],
        database: proxy.url,
        worker: { tasks: AT_ONCE, poll: '200ms', parkAfter: '1s' },
        container: container.createChildContainer(),
      });
    const client = new Client({ connectionString: database.url });
    await client.connect();
    const waits = async (): Promise<Map<number, number>> => {
      const { rows } = await client.query<{ idx: number; at: number }>(
        `SELECT idx, (extract(epoch FROM wake_at) * 1000)::float8 AS at FROM typeflow.node WHERE node = 'call' AND status = 'WAITING'`,
      );
      return new Map(rows.map(({ idx, at }) => [idx, at]));
    };
    let runner = await create();
    try {
      const before = proxy.statements;
      const { id } = await runner.start(workflow, 'main');
      await until('the service was called for every element', () => service.calls >= TASKS);
      await until('most wait in the database', async () => (await waits()).size >= TASKS * 0.9);
      // One by one they would have cost a statement each, at least.
      expect(proxy.statements - before).toBeLessThan(TASKS / 2);
      await runner.close();
      const kept = await waits();
      // Without jitter, all of them would have been put off by the same time.
      const drawn = await client.query<{ n: number; least: number; most: number }>(
        `SELECT count(DISTINCT ms)::int AS n, min(ms) AS least, max(ms) AS most
         FROM typeflow.node CROSS JOIN LATERAL (SELECT (attempts -> 0 ->> 'delayMs')::float8 AS ms) AS first WHERE node = 'call'`,
      );
      const { n = 0, least = 0, most = 0 } = drawn.rows[0] ?? {};
      expect([n > TASKS / 4, least >= 1_500, most <= 3_000]).toEqual([true, true, true]);

      service.isDown = false;
      const callsBefore = service.calls;
      runner = await create();
      const opened = await waits();
      expect([...opened].every(([idx, at]) => kept.get(idx) === at)).toBe(true);
      await until('the run is over', async () => (await runner.get(id))?.status === 'COMPLETED');
      // Each is called once more, and never more at a time than the worker allows.
      expect(service.calls - callsBefore).toBe(TASKS);
      expect(service.mostAtOnce).toBeLessThanOrEqual(AT_ONCE);
    } finally {
      await runner.close();
      await proxy.close();
      await client.end();
      await database.drop();
    }
  }, 120_000);
});
