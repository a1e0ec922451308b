import type { BenchParams, Measured, Servers } from './bench';
import type { EngineSpec, Settings } from './engines';
import { measureDrain } from './measure/drain';
import { measureFleet } from './measure/fleet';
import { measureIdle } from './measure/idle';
import { measureLatency } from './measure/latency';
import { measureLimit } from './measure/limit';
import { measureBesideSleepers } from './measure/sleepers';
import { measureWake } from './measure/wake';
import { SIZES } from './workloads';
import type { Kind, WorkloadId } from './workloads';

/** One measurement that is to be made. */
export interface Job {
  readonly workload: WorkloadId;
  /** Whose figures these are. */
  readonly engine: string;
  /** What tells several measurements of one workload and engine apart; empty for the one that counts. */
  readonly variant: string;
  readonly runs: number;
  readonly settings: Settings;
  measure(servers: Servers): Promise<Measured>;
}

export interface JobParams {
  readonly workload: WorkloadId;
  readonly engine: EngineSpec;
  readonly isSmoke: boolean;
  /** The best settings of this engine for draining runs of this kind. */
  readonly best: (workload: 'W1' | 'W4') => Settings;
}

/** W6 without sleeping runs. */
export const EMPTY_DATABASE = 'empty database';

/** Limits of a flush that are compared; the empty one is the default. */
const JOURNALS: readonly (readonly [variant: string, limits: Settings])[] = [
  ['default: 2,000 rows', {}],
  ['100 rows', { maxRows: 100 }],
  ['500 rows', { maxRows: 500 }],
  ['10,000 rows', { maxRows: 10_000 }],
  ['2 ms', { maxDelay: 2 }],
];

/** How many workers W7 has, one after the other. */
const FLEETS = [1, 2, 4];
const SMOKE_FLEETS = [2];

/** What is measured of an engine for a workload; nothing where the workload is not for it. */
export function jobsOf(params: JobParams): readonly Job[] {
  const { workload, engine, best } = params;
  const isTypeflow = engine.name === 'typeflow';
  switch (workload) {
    case 'W1':
      return [drain(params, 'dag', best('W1'))];
    case 'W2':
      return [latency(params, 'chain', 'latency', engine.latency)];
    case 'W3': {
      const mapped = latency(params, 'fan', 'fanOut', best('W1'));
      return isTypeflow ? [mapped, latency(params, 'plainFan', 'fanOut', best('W1'), '1,000 nodes')] : [mapped];
    }
    case 'W4':
      return [drain(params, 'one', best('W4'))];
    case 'W7':
      return fleets(params);
    default:
      return isTypeflow ? ownJobs(params) : [];
  }
}

type Measure = (servers: Servers, bench: BenchParams, runs: number) => Promise<Measured>;

function job({ workload, engine, isSmoke }: JobParams, kind: Kind, settings: Settings, measure: Measure): Job {
  const { runs: full, smokeRuns } = SIZES[workload];
  const runs = isSmoke ? smokeRuns : (engine.runs?.[workload] ?? full);
  return {
    workload,
    engine: engine.name,
    variant: '',
    runs,
    settings,
    measure: (servers) => measure(servers, { engine, kind, settings }, runs),
  };
}

function drain(params: JobParams, kind: Kind, settings: Settings): Job {
  return job(params, kind, settings, measureDrain);
}

function latency(params: JobParams, kind: Kind, role: 'latency' | 'fanOut', settings: Settings, variant = ''): Job {
  return {
    ...job(params, kind, settings, (servers, bench, runs) => measureLatency(servers, bench, role, runs)),
    variant,
  };
}

function fleets(params: JobParams): readonly Job[] {
  const { fleet } = params.engine;
  if (fleet === undefined) return [];
  return (params.isSmoke ? SMOKE_FLEETS : FLEETS).map((workers) => ({
    ...job(params, 'wait', fleet, (servers, bench, runs) => measureFleet(servers, bench, runs, workers)),
    variant: workers === 1 ? '1 worker' : `${workers} workers`,
  }));
}

/** What is measured of Typeflow alone. */
function ownJobs(params: JobParams): readonly Job[] {
  const { workload, isSmoke, best } = params;
  switch (workload) {
    case 'W6': {
      const million = isSmoke ? 500 : 1_000_000;
      const beside = (sleepers: number, variant: string): Job => ({
        ...job(params, 'dag', best('W1'), (servers, bench, runs) =>
          measureBesideSleepers(servers, bench, runs, sleepers),
        ),
        variant,
      });
      return [beside(0, EMPTY_DATABASE), beside(million, `${million.toLocaleString('en-US')} sleeping runs`)];
    }
    case 'journal':
      return (isSmoke ? JOURNALS.slice(0, 1) : JOURNALS).map(([variant, limits]) => ({
        ...drain(params, 'dag', { ...best('W1'), ...limits }),
        variant,
      }));
    case 'idle':
      return [job(params, 'one', {}, (servers, bench) => measureIdle(servers, bench, isSmoke))];
    case 'wake':
      return [job(params, 'stamp', {}, measureWake)];
    case 'limit':
      return [
        {
          ...job(params, 'dag', {}, (servers, bench, runs) => measureLimit(servers, bench, runs, isSmoke)),
          engine: 'bare pg',
        },
      ];
    default:
      return [];
  }
}
