import { parseArgs } from 'node:util';
import { createTestDatabase } from '../../setup/database';
import { startPostgres } from '../../setup/postgres-process';
import { broken } from '../harness/oracle';
import { newSeed } from '../harness/seeded-random';
import type { CampaignOptions, CampaignResult } from './campaign';
import { cutCampaign } from './cut';
import { freezeCampaign } from './freeze';
import { killCampaign } from './kill';
import { pgliteCampaign } from './pglite';
import { racesCampaign } from './races';
import { toRow, writeRow } from './report';
import { restartCampaign } from './restart';
import { transactionalCampaign } from './transactional';

interface Long {
  readonly runs: number;
  readonly faults: number;
  readonly run: (options: CampaignOptions) => Promise<CampaignResult>;
  /** Has a database of its own making. */
  readonly isApart?: boolean;
}

const CAMPAIGNS: Readonly<Record<string, Long>> = {
  kill: { runs: 10_000, faults: 1_000, run: killCampaign },
  restart: { runs: 5_000, faults: 40, run: restartOnOwnServer, isApart: true },
  cut: { runs: 2_000, faults: 200, run: (options) => cutCampaign({ workers: 2, ...options }) },
  freeze: { runs: 2_000, faults: 200, run: freezeCampaign },
  races: { runs: 10_000, faults: 10_000, run: racesCampaign },
  transactional: { runs: 1_000, faults: 200, run: transactionalCampaign },
  pglite: { runs: 2_000, faults: 200, run: pgliteCampaign, isApart: true },
};

const USAGE = `usage: main.ts <${Object.keys(CAMPAIGNS).join(' | ')} | all> [--seed n] [--runs n] [--kills n] [--write]`;

async function restartOnOwnServer(options: CampaignOptions): Promise<CampaignResult> {
  const server = await startPostgres({ durable: true });
  try {
    return await restartCampaign({ ...options, url: server.url, server, everyMs: [5_000, 10_000] });
  } finally {
    await server.stop();
  }
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      seed: { type: 'string' },
      runs: { type: 'string' },
      kills: { type: 'string' },
      write: { type: 'boolean' },
    },
  });
  const names = positionals[0] === 'all' ? Object.keys(CAMPAIGNS) : positionals;
  if (names.length === 0 || names.some((name) => CAMPAIGNS[name] === undefined)) throw new Error(USAGE);
  for (const name of names) {
    const long = CAMPAIGNS[name] as Long;
    const number = (text: string | undefined, otherwise: number): number =>
      text === undefined ? otherwise : Number(text);
    const seed = number(values.seed, newSeed());
    const options = {
      seed,
      runs: number(values.runs, long.runs),
      faults: number(values.kills, long.faults),
      onProgress: (line: string) => process.stderr.write(`${name}: ${line}\n`),
    };
    process.stderr.write(`${name}: seed ${seed}\n`);
    const result = long.isApart ? await long.run({ ...options, url: '' }) : await onOwnDatabase(long, options);
    const row = toRow(name, result);
    process.stdout.write(`${row}\n`);
    if (values.write === true) writeRow(name, row);
    const found = broken(result.verdict);
    if (Object.keys(found).length === 0) continue;
    process.stderr.write(`${name} with seed ${seed}: ${JSON.stringify(found, undefined, 2)}\n`);
    process.exitCode = 1;
  }
}

async function onOwnDatabase(long: Long, options: Omit<CampaignOptions, 'url'>): Promise<CampaignResult> {
  const server = process.env['TYPEFLOW_TEST_POSTGRES'] === undefined ? await startPostgres() : undefined;
  if (server !== undefined) process.env['TYPEFLOW_TEST_POSTGRES'] = server.url;
  try {
    const database = await createTestDatabase();
    try {
      return await long.run({ ...options, url: database.url });
    } finally {
      await database.drop();
    }
  } finally {
    if (server !== undefined) delete process.env['TYPEFLOW_TEST_POSTGRES'];
    await server?.stop();
  }
}

void main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
