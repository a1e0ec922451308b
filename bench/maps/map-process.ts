import { Client } from 'pg';
import { WorkflowRunner, all, defineWorkflow, each } from 'typeflow';
import type { TaskContext } from 'typeflow';

let ledger: Client;
let calls: number[] = [];

/** Notes calls in batches: the ledger is not what is measured. */
async function flushCalls(): Promise<void> {
  const batch = calls;
  calls = [];
  if (batch.length > 0) await ledger.query('INSERT INTO called SELECT unnest($1::integer[])', [batch]);
}

export const map = defineWorkflow('map')
  .task('numbers', async (n: number) => Array.from({ length: n }, (_, i) => i))
  .task('double', { dependsOn: [each('numbers', { maxConcurrency: 500 })], timeout: false }, async (n: number) => {
    calls.push(n);
    return 2 * n;
  })
  .task('gather', { dependsOn: [all('double')] }, async (doubles: number[]) => doubles.length)
  .task('again', { dependsOn: ['gather'] }, async (n: number) => Array.from({ length: Math.min(n, 10) }, (_, i) => i))
  .task('square', { dependsOn: [each('again')] }, async (n: number) => n * n)
  .flow(
    'main',
    { dependsOn: ['gather', all('square')] },
    async (n: number, squares: number[], _ctx: TaskContext<number>) => ({
      n,
      squares: squares.length,
    }),
  )
  .build();

/** A worker that says how much memory it took at most. */
async function main(): Promise<void> {
  ledger = new Client({ connectionString: process.env['DATABASE'] });
  await ledger.connect();
  setInterval(() => void flushCalls(), 20);
  await WorkflowRunner.create({
    workflows: [map],
    database: process.env['DATABASE'] as string,
    worker: { lease: '3s', poll: '100ms' },
  });
  process.on('message', () => process.send?.(process.resourceUsage().maxRSS / 1_024));
  process.send?.('serving');
}

if (require.main === module) void main();
