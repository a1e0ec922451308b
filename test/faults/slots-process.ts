import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { WorkflowRunner, defineWorkflow } from '../../src';
import type { TaskContext } from '../../src';

/** Who was inside, from when to when, by the database's clock; `left_at` stays NULL where the process died inside. */
export const VISITS = `CREATE TABLE visit (
  id bigserial PRIMARY KEY, customer text, pid int, entered_at timestamptz DEFAULT clock_timestamp(), left_at timestamptz
)`;

export interface SlotsInput {
  readonly customer: string;
  readonly ms: number;
}

/** At most two calls per customer, and five in the queue, over all processes. */
export function slotsWorkflow(visits: Client) {
  return defineWorkflow('slots')
    .task(
      'visit',
      { queue: 'clinic', concurrency: { limit: 2, key: (input: SlotsInput) => input.customer } },
      async ({ customer, ms }: SlotsInput, _ctx: TaskContext<SlotsInput>) => {
        const { rows } = await visits.query<{ id: string }>(
          'INSERT INTO visit (customer, pid) VALUES ($1, $2) RETURNING id',
          [customer, process.pid],
        );
        await sleep(ms);
        await visits.query('UPDATE visit SET left_at = clock_timestamp() WHERE id = $1', [rows[0]?.id]);
        return customer;
      },
    )
    .flow('main', { dependsOn: ['visit'] }, async (customer: string, _ctx: TaskContext<SlotsInput>) => customer)
    .build();
}

/** A worker in a process of its own. SIGTERM drains it. */
async function main(): Promise<void> {
  const visits = new Client({ connectionString: process.env['DATABASE'] });
  await visits.connect();
  const runner = await WorkflowRunner.create({
    workflows: [slotsWorkflow(visits)],
    database: process.env['DATABASE'] as string,
    queues: { clinic: { concurrency: 5 } },
    // Few runs each, so that every process has its part of them.
    worker: { queues: ['default', 'clinic'], lease: '1s', poll: '200ms', runs: 8, maxCrashes: 1_000 },
  });
  process.once('SIGTERM', () => {
    void runner
      .close()
      .then(() => visits.end())
      .then(() => process.stdout.write('drained\n'));
  });
  process.stdout.write('serving\n');
}

if (require.main === module) void main();
