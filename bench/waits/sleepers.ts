import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { WorkflowRunner, defineWorkflow } from 'typeflow';
import type { TaskContext } from 'typeflow';
import { startPostgres } from '../../test/setup/postgres-process';

const STARTS_AT_A_TIME = 500;
const DUE_IN_MS = 3_000;
const PAGE = join(__dirname, '../../docs/waits.md');
const MARK = /<!-- bench:waits -->[^]*?(?=\n## )/;

const startedAt: number[] = [];

const nap = defineWorkflow('nap')
  .task('rest', async (_: number, ctx: TaskContext<number>) => ctx.sleep('30d'))
  .task('wake', { dependsOn: ['rest'] }, async () => void startedAt.push(Date.now()))
  .flow('main', { dependsOn: ['wake'] }, async (_wake: void, _ctx: TaskContext<number>) => undefined)
  .build();

/**
 * How much memory a worker takes beside many sleeping runs, and how soon those that are due in the same second go on. By:
 * `npm run bench:waits -- [sleepers] [due] [--write]`.
 */
async function main(): Promise<void> {
  const [sleepers = 100_000, due = 1_000] = process.argv
    .slice(2)
    .filter((arg) => !arg.startsWith('-'))
    .map(Number);
  const server = await startPostgres({ durable: true });
  const observer = new Client({ connectionString: server.url });
  await observer.connect();
  const runner = await WorkflowRunner.create({ workflows: [nap], database: server.url });
  const lines = ['| sleeping runs | heap of the worker, MB | resident memory, MB |', '| ---: | ---: | ---: |'];
  try {
    for (const upTo of [sleepers / 10, sleepers]) {
      await sleepUpTo(runner, observer, upTo);
      lines.push(await memory(upTo));
    }
    const { last, p50 } = await wake(observer, due);
    lines.push(
      '',
      `Of ${due.toLocaleString('en')} that were due in the same second, half had gone on after ${p50} ms, and all after ${last} ms.`,
    );
  } finally {
    await runner.close();
    await observer.end();
    await server.stop();
  }
  console.log(lines.join('\n'));
  if (!process.argv.includes('--write')) return;
  const text = [
    '<!-- bench:waits -->',
    '',
    ...lines,
    '',
    `Node ${process.version}, PostgreSQL 18 with fsync, 2 cores, ${new Date().toISOString().slice(0, 10)}.`,
    '',
  ];
  writeFileSync(PAGE, readFileSync(PAGE, 'utf8').replace(MARK, text.join('\n')));
}

async function sleepUpTo(runner: WorkflowRunner, observer: Client, upTo: number): Promise<void> {
  for (let begun = await count(observer, 'TRUE'); begun < upTo; begun += STARTS_AT_A_TIME) {
    await Promise.all(Array.from({ length: STARTS_AT_A_TIME }, () => runner.start(nap, 'main', 0)));
  }
  while ((await count(observer, `status = 'WAITING'`)) < upTo) await pause(100);
}

async function memory(sleepers: number): Promise<string> {
  await pause(1_000);
  global.gc?.();
  const { heapUsed, rss } = process.memoryUsage();
  return `| ${sleepers.toLocaleString('en')} | ${mb(heapUsed)} | ${mb(rss)} |`;
}

/** Makes some of them due at one instant, and answers how long after it they went on. */
async function wake(observer: Client, due: number): Promise<{ readonly last: number; readonly p50: number }> {
  const at = Date.now() + DUE_IN_MS;
  await observer.query(
    `WITH chosen AS (SELECT id FROM typeflow.run WHERE status = 'WAITING' LIMIT $1),
     n AS (UPDATE typeflow.node SET wake_at = to_timestamp($2::bigint / 1000.0) FROM chosen WHERE run_id = chosen.id AND wait IS NOT NULL)
     UPDATE typeflow.run SET wake_at = to_timestamp($2::bigint / 1000.0), claim_rank = $2::bigint FROM chosen WHERE run.id = chosen.id`,
    [due, at],
  );
  while (startedAt.length < due) await pause(20);
  const delays = startedAt.map((instant) => instant - at).sort((a, b) => a - b);
  return { last: delays.at(-1) ?? NaN, p50: delays[due >> 1] ?? NaN };
}

async function count(observer: Client, condition: string): Promise<number> {
  const { rows } = await observer.query<{ n: string }>(`SELECT count(*) AS n FROM typeflow.run WHERE ${condition}`);
  return Number(rows[0]?.n);
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const mb = (bytes: number): string => (bytes / 1024 / 1024).toFixed(0);

void main();
