import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { WorkloadId } from './workloads';

/** What an engine's module is given, in its own words: concurrency, size of its pool, and the like. */
export type Settings = Readonly<Record<string, number | boolean>>;

export interface EngineSpec {
  readonly name: string;
  /** The address of the module that drives it. */
  readonly url: string;
  /** The npm package, as the peers' package.json names it. */
  readonly package: string;
  readonly storage: 'postgres' | 'redis';
  /** The Node that it needs, where this one is too old. */
  readonly node: 'any' | '24';
  /** What a scan tries. The first are its best settings on two cores, which are taken without a scan. */
  readonly candidates: Partial<Record<'W1' | 'W4', readonly Settings[]>> & { readonly W1: readonly Settings[] };
  /** For W2. */
  readonly latency: Settings;
  /** For W7: ten tasks at a time in each worker. An engine without is left out, because only its worker can tell what is done. */
  readonly fleet?: Settings;
  /** Where an engine is so slow that the full number of runs would take many minutes. */
  readonly runs?: Partial<Record<WorkloadId, number>>;
}

const typeflow: EngineSpec = {
  name: 'typeflow',
  url: moduleUrl('typeflow', 'engine.mjs'),
  package: 'typeflow',
  storage: 'postgres',
  node: 'any',
  candidates: {
    W1: [1_000, 100, 200, 500, 2_000].map((places) => ({ runs: places, tasks: places })),
    W4: [2_000, 100, 500, 1_000].map((places) => ({ runs: places, tasks: places })),
  },
  latency: {},
  fleet: { runs: 100, tasks: 10 },
};

const dbos: EngineSpec = {
  ...peer('dbos', '@dbos-inc/dbos-sdk'),
  candidates: {
    W1: [
      { concurrency: 100, pollMs: 10, pool: 10 },
      ...[20, 50, 100, 200].map((concurrency) => ({ concurrency, pollMs: 20, pool: 20 })),
      { concurrency: 200, pollMs: 20, pool: 50 },
    ],
  },
  latency: { pool: 20 },
  fleet: { concurrency: 10, pollMs: 10, pool: 10 },
  runs: { W4: 20_000, W7: 5_000 },
};

const openworkflow: EngineSpec = {
  ...peer('openworkflow', 'openworkflow'),
  candidates: {
    W1: [
      ...[100, 20, 50, 200].map((concurrency) => ({ concurrency })),
      { concurrency: 50, pool: 20 },
      { concurrency: 100, pool: 50 },
    ],
  },
  latency: { watchRow: true },
  runs: { W2: 60, W4: 20_000 },
};

const pgbossSettings = {
  W1: [
    ...[500, 50, 100, 200, 1_000].map((concurrency) => ({ concurrency, pool: 10 })),
    { concurrency: 200, pool: 20, workers: 2 },
  ],
  W4: [
    { concurrency: 500, pool: 10, workers: 2 },
    ...[200, 500, 1_000].map((concurrency) => ({ concurrency, pool: 10 })),
    { concurrency: 1_000, pool: 10, workers: 2 },
  ],
};

const pgboss = { candidates: pgbossSettings, latency: {}, fleet: { concurrency: 10, pool: 10 } };
const pgboss10: EngineSpec = { ...peer('pgboss10', 'pg-boss-10'), ...pgboss };
const pgboss12: EngineSpec = { ...peer('pgboss12', 'pg-boss-12', '24'), ...pgboss };

const graphile16: EngineSpec = {
  ...peer('graphile16', 'graphile-worker-16'),
  candidates: {
    W1: [...[20, 50, 100].map((concurrency) => ({ concurrency, pool: 20 })), { concurrency: 50, pool: 50 }],
  },
  latency: {},
  runs: { W4: 20_000 },
};

const graphile18: EngineSpec = {
  ...peer('graphile18', 'graphile-worker-18', '24'),
  candidates: {
    W1: [
      { concurrency: 50, pool: 20, localQueue: 500, completeDelayMs: 5 },
      ...[20, 50, 100, 200].map((concurrency) => ({ concurrency, pool: 20, localQueue: 500 })),
      { concurrency: 50, pool: 20 },
    ],
  },
  latency: {},
};

const bullmq: EngineSpec = {
  ...peer('bullmq', 'bullmq'),
  storage: 'redis',
  candidates: { W1: [200, 20, 50, 100].map((concurrency) => ({ concurrency })) },
  latency: {},
  fleet: { concurrency: 10 },
};

const bullmqpg: EngineSpec = {
  ...peer('bullmqpg', 'bullmq'),
  candidates: { W1: [10, 20, 50, 100].map((concurrency) => ({ concurrency, pool: 20 })) },
  latency: {},
  runs: { W4: 20_000 },
};

export const ENGINES: readonly EngineSpec[] = [
  typeflow,
  dbos,
  openworkflow,
  pgboss10,
  pgboss12,
  graphile16,
  graphile18,
  bullmq,
  bullmqpg,
];

/** Measured unless `--engines` says otherwise: of each peer the newest version. */
export const DEFAULT_ENGINES = ['typeflow', 'dbos', 'openworkflow', 'pgboss12', 'graphile18', 'bullmq'];

/** The folder of the package that holds the peers. */
export const PEERS_FOLDER = path.join(__dirname, '..', 'peers');

function peer(name: string, packageName: string, node: 'any' | '24' = 'any') {
  const url = moduleUrl('..', 'peers', 'engines', `${name}.mjs`);
  return { name, url, package: packageName, storage: 'postgres' as const, node };
}

function moduleUrl(...segments: readonly string[]): string {
  return pathToFileURL(path.join(__dirname, ...segments)).href;
}
