import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { WorkflowRunner } from 'typeflow';
import { startPostgres } from '../../test/setup/postgres-process';
import { map } from './map-process';

const PAGE = join(__dirname, '../../docs/mapping.md');
const MARK = /<!-- bench:maps -->[^]*?(?=\n## )/;

/**
 * Maps over 10,000 and 100,000 elements on PostgreSQL: how long they take, and how much memory. The worker of each is killed amid the
 * map, and another goes on: how many elements that were recorded are called again. By: `npm run bench:maps -- [elements …] [--write]`.
 */
async function main(): Promise<void> {
  const sizes = process.argv
    .slice(2)
    .filter((arg) => !arg.startsWith('-'))
    .map(Number);
  const server = await startPostgres({ durable: true });
  const observer = new Client({ connectionString: server.url });
  await observer.connect();
  await observer.query('CREATE TABLE called (n integer)');
  const client = await WorkflowRunner.create({ workflows: [map], database: server.url, worker: false });
  const lines = [
    '| elements | recorded when the worker was killed | time from then to the end, s | recorded elements called again | memory of the second worker, MB |',
    '| ---: | ---: | ---: | ---: | ---: |',
  ];
  try {
    for (const size of sizes.length === 0 ? [10_000, 100_000] : sizes) {
      lines.push(await measure({ client, observer, url: server.url }, size));
      console.log(lines.at(-1));
    }
  } finally {
    await client.close();
    await observer.end();
    await server.stop();
  }
  console.log(lines.join('\n'));
  if (!process.argv.includes('--write')) return;
  const note = `Node ${process.version}, PostgreSQL 18 with fsync, 2 cores, ${new Date().toISOString().slice(0, 10)}.`;
  writeFileSync(
    PAGE,
    readFileSync(PAGE, 'utf8').replace(MARK, ['<!-- bench:maps -->', '', ...lines, '', note, ''].join('\n')),
  );
}

interface Bench {
  readonly client: WorkflowRunner;
  readonly observer: Client;
  readonly url: string;
}

async function measure({ client, observer, url }: Bench, size: number): Promise<string> {
  const count = async (sql: string): Promise<number> => Number((await observer.query(sql)).rows[0].n);
  await observer.query('TRUNCATE called');
  const first = await serve(url);
  const handle = await client.start(map, 'main', size);
  const recorded = `SELECT count(*) AS n FROM typeflow.node WHERE run_id = '${handle.id}' AND node = 'double' AND idx >= 0 AND status = 'COMPLETED'`;
  while ((await count(recorded)) < size / 2) await new Promise((resolve) => setTimeout(resolve, 20));
  first.kill('SIGKILL');
  await once(first, 'exit');
  const atKill = await count(recorded);
  await observer.query('TRUNCATE called');
  const killedAt = performance.now();
  const second = await serve(url);
  const result = await handle.result();
  const seconds = (performance.now() - killedAt) / 1_000;
  await new Promise((resolve) => setTimeout(resolve, 200));
  // Whoever goes on calls what has no record, and nothing else.
  const again = (await count('SELECT count(*) AS n FROM called')) - (size - atKill);
  if (result.n !== size || again < 0) throw new Error(`the map went wrong: ${JSON.stringify({ result, again })}`);
  second.send('memory');
  const [memory] = (await once(second, 'message')) as [number];
  second.kill('SIGKILL');
  await once(second, 'exit');
  return `| ${size.toLocaleString('en')} | ${atKill.toLocaleString('en')} | ${seconds.toFixed(1)} | ${again.toLocaleString('en')} | ${memory.toFixed(0)} |`;
}

async function serve(url: string): Promise<ChildProcess> {
  const child = fork(join(__dirname, 'map-process.ts'), [], {
    env: { ...process.env, DATABASE: url },
    execArgv: ['-r', 'ts-node/register/transpile-only'],
  });
  await once(child, 'message');
  return child;
}

void main();
