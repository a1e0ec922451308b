// npm run bench:service [-- --smoke]: clients that start flows by the service, on PostgreSQL with two workers.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { cpus } from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import { startPostgres } from '../../test/setup/postgres-process';

const WORKERS = 2;

interface Load {
  readonly clients: number;
  readonly seconds: number;
}

interface Measured {
  /** Of `POST /workflows`, ms. */
  readonly latencies: readonly number[];
  /** What was answered besides 201, and how often. */
  readonly refused: ReadonlyMap<string, number>;
}

async function main(): Promise<void> {
  const load: Load = process.argv.includes('--smoke') ? { clients: 20, seconds: 3 } : { clients: 200, seconds: 60 };
  const postgres = await startPostgres({ durable: true, binaries: undefined });
  const children: ChildProcess[] = [];
  try {
    const [service, url] = await startProcess('service', postgres.url);
    children.push(service);
    for (let i = 0; i < WORKERS; i += 1) children.push((await startProcess('worker', postgres.url))[0]);
    const measured = await applyLoad(url, load);
    const { statuses, seconds } = await drained(postgres.url);
    report(load, measured, statuses, seconds);
  } finally {
    await Promise.all(children.map((child) => (child.kill('SIGTERM'), once(child, 'exit'))));
    await postgres.stop();
  }
}

async function startProcess(role: 'service' | 'worker', database: string): Promise<[ChildProcess, string]> {
  const script = path.join(__dirname, 'load-process.ts');
  const child = spawn(process.execPath, ['-r', 'ts-node/register/transpile-only', script, role, database], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
  return [child, said.trim()];
}

/** Each client sends its next request when the one before is answered. */
async function applyLoad(url: string, { clients, seconds }: Load): Promise<Measured> {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const latencies: number[] = [];
  const refused = new Map<string, number>();
  const until = performance.now() + seconds * 1_000;
  const client = async (number: number): Promise<void> => {
    for (let i = 0; performance.now() < until; i += 1) {
      const begun = performance.now();
      const answer = await post(url, agent, { name: 'load', input: number + i, start: true });
      if (answer === '201') latencies.push(performance.now() - begun);
      else refused.set(answer, (refused.get(answer) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, number) => client(number)));
  agent.destroy();
  return { latencies, refused };
}

function post(url: string, agent: Agent, body: object): Promise<string> {
  const text = JSON.stringify(body);
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
  return new Promise((resolve) => {
    const sent = request(`${url}/workflows`, { method: 'POST', agent, headers }, (answer) => {
      answer.resume();
      answer.once('end', () => resolve(String(answer.statusCode)));
    });
    sent.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    sent.end(text);
  });
}

/** Once no run is unfinished, or nothing has moved for a minute: how many there are of each status. */
async function drained(database: string): Promise<{ statuses: ReadonlyMap<string, number>; seconds: number }> {
  const client = new Client({ connectionString: database });
  await client.connect();
  const begun = performance.now();
  let moved = begun;
  let last = '';
  for (;;) {
    const sql = 'SELECT status, count(*)::int AS runs FROM typeflow.run GROUP BY status ORDER BY status';
    const { rows } = await client.query<{ status: string; runs: number }>(sql);
    const statuses = new Map(rows.map(({ status, runs }) => [status, runs]));
    const isOver = rows.every(({ status }) => ['COMPLETED', 'FAILED', 'CANCELLED'].includes(status));
    const shown = JSON.stringify(rows);
    if (shown !== last) moved = performance.now();
    last = shown;
    if (isOver || performance.now() - moved > 60_000) {
      await client.end();
      return { statuses, seconds: (performance.now() - begun) / 1_000 };
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function report(
  { clients, seconds }: Load,
  { latencies, refused }: Measured,
  statuses: ReadonlyMap<string, number>,
  after: number,
): void {
  const sorted = [...latencies].sort((a, b) => a - b);
  const at = (p: number): string => (sorted[Math.ceil(p * sorted.length) - 1] ?? NaN).toFixed(0);
  const runs = [...statuses.values()].reduce((sum, one) => sum + one, 0);
  const completed = statuses.get('COMPLETED') ?? 0;
  console.log(
    `${clients} clients for ${seconds} s, ${WORKERS} workers, ${cpus().length} cores, Node ${process.version}`,
  );
  console.log('| requests | a second | errors | p50 | p95 | p99 | runs COMPLETED | the last one after |');
  console.log('| --- | --- | --- | --- | --- | --- | --- | --- |');
  const errors = [...refused].map(([what, times]) => `${times} × ${what}`).join(', ') || '0';
  const rate = (sorted.length / seconds).toFixed(0);
  const latency = `${at(0.5)} ms | ${at(0.95)} ms | ${at(0.99)} ms`;
  console.log(
    `| ${sorted.length} | ${rate} | ${errors} | ${latency} | ${completed} of ${runs} | ${after.toFixed(1)} s |`,
  );
  const isWell = refused.size === 0 && completed === runs && runs === sorted.length;
  if (!isWell) process.exitCode = 1;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
