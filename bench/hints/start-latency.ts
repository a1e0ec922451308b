import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Client } from 'pg';
import { WorkflowRunner } from 'typeflow';
import { latencyWorkflow, wallMs } from './latency-workflow';

const SETTLE_MS = 12_000;

/**
 * How long it takes from `start` in a client process to the first task in a worker process, and to the result in the client; and how
 * many statements idle workers send. By: `npm run bench:hints -- <postgres url> [workers] [starts]`.
 */
async function main(): Promise<void> {
  const [, , url, workers = '1', starts = '300'] = process.argv;
  if (url === undefined) throw new Error('expected the URL of an empty PostgreSQL database');
  for (const listen of ['yes', 'no']) await measure(url, Number(workers), Number(starts), listen);
}

async function measure(url: string, workers: number, starts: number, listen: string): Promise<void> {
  const client = await WorkflowRunner.create({ workflows: [latencyWorkflow], database: url, worker: false });
  const children: ChildProcess[] = [];
  for (let worker = 0; worker < workers; worker++) children.push(await spawnWorker(url, listen));
  const toTask: number[] = [];
  const toResult: number[] = [];
  for (let run = 0; run < (listen === 'yes' ? starts : Math.min(20, starts)); run++) {
    // Not in step with anything: as users come.
    await new Promise((resolve) => setTimeout(resolve, 10 + Math.random() * 40));
    const startedAt = wallMs();
    const calledAt = await client.run(latencyWorkflow, 'main');
    toTask.push(calledAt - startedAt);
    toResult.push(wallMs() - startedAt);
  }
  const commit = await commitMs(url);
  const idle = await statementsPerSecond(url, 40);
  console.log(`${workers} worker(s), listening: ${listen}, ${toTask.length} starts`);
  console.log(`  start to task   p50 ${percentile(toTask, 0.5)} ms, p95 ${percentile(toTask, 0.95)} ms`);
  console.log(`  start to result p50 ${percentile(toResult, 0.5)} ms, p95 ${percentile(toResult, 0.95)} ms`);
  console.log(`  one single-row commit on a connection of its own: p50 ${commit} ms`);
  console.log(`  idle: ${(idle / workers).toFixed(2)} transactions per second and worker`);
  await Promise.all(children.map((child) => (child.kill('SIGTERM'), once(child, 'exit'))));
  await client.close();
}

async function spawnWorker(url: string, listen: string): Promise<ChildProcess> {
  const child = spawn(
    process.execPath,
    ['-r', 'ts-node/register/transpile-only', join(__dirname, 'latency-worker.ts')],
    {
      env: { ...process.env, DATABASE: url, LISTEN: listen },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  await once(child.stdout, 'data');
  return child;
}

/** What the machine and its disk allow: the smallest durable write there is. */
async function commitMs(url: string): Promise<string> {
  const admin = new Client({ connectionString: url });
  await admin.connect();
  await admin.query('CREATE TABLE IF NOT EXISTS bare (n integer)');
  const took: number[] = [];
  for (let n = 0; n < 200; n++) {
    const startedAt = performance.now();
    await admin.query('INSERT INTO bare VALUES (1)');
    took.push(performance.now() - startedAt);
  }
  await admin.end();
  return percentile(took, 0.5);
}

/** Committed transactions of this database, the two of the question left out. */
async function statementsPerSecond(url: string, seconds: number): Promise<number> {
  const admin = new Client({ connectionString: url });
  await admin.connect();
  const count = async (): Promise<number> => {
    // An idle session reports what it did up to 10 s later.
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    const sql = 'SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()';
    return Number((await admin.query<{ xact_commit: string }>(sql)).rows[0]?.xact_commit);
  };
  const before = await count();
  await new Promise((resolve) => setTimeout(resolve, seconds * 1_000 - SETTLE_MS));
  const after = await count();
  await admin.end();
  return (after - before - 1) / seconds;
}

function percentile(values: readonly number[], p: number): string {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[Math.floor(p * (sorted.length - 1))] ?? NaN).toFixed(1);
}

void main();
