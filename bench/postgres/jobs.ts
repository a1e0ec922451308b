import type { Measured, Servers } from './bench';
import type { EngineSpec, Settings } from './engines';
import { measureDrain } from './measure/drain';
import { measureLatency } from './measure/latency';
import { SIZES } from './workloads';
import type { Kind, WorkloadId } from './workloads';

/** One measurement that is to be made. */
export interface Job {
  readonly workload: WorkloadId;
  readonly engine: EngineSpec;
  /** Empty for the measurement that counts for the workload. */
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

/** What is measured of an engine for a workload; nothing where the workload is not for it. */
export function jobsOf({ workload, engine, isSmoke, best }: JobParams): readonly Job[] {
  const size = SIZES[workload];
  const runs = isSmoke ? size.smokeRuns : (engine.runs?.[workload] ?? size.runs);
  const common = { workload, engine, runs };
  const drain = (kind: Kind, settings: Settings): Job => ({
    ...common,
    variant: '',
    settings,
    measure: (servers) => measureDrain(servers, { engine, kind, settings }, runs),
  });
  const latency = (kind: Kind, role: 'latency' | 'fanOut', settings: Settings, variant = ''): Job => ({
    ...common,
    variant,
    settings,
    measure: (servers) => measureLatency(servers, { engine, kind, settings }, role, runs),
  });
  switch (workload) {
    case 'W1':
      return [drain('dag', best('W1'))];
    case 'W2':
      return [latency('chain', 'latency', engine.latency)];
    case 'W3': {
      const mapped = latency('fan', 'fanOut', best('W1'));
      return engine.name === 'typeflow' ? [mapped, latency('plainFan', 'fanOut', best('W1'), '1,000 nodes')] : [mapped];
    }
    case 'W4':
      return [drain('one', best('W4'))];
    default:
      return [];
  }
}
