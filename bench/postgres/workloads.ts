/** What runs: the shape of the workflow or of the jobs, which every engine builds in its own way. */
export type Kind = 'dag' | 'one' | 'chain' | 'fan' | 'plainFan' | 'wait' | 'stamp';

export type WorkloadId = 'W1' | 'W2' | 'W3' | 'W4' | 'W6' | 'W7' | 'journal' | 'idle' | 'wake' | 'limit';

/** How large a workload is. */
export interface Size {
  /** Runs of one measurement. */
  readonly runs: number;
  /** The smoke run only shows that everything still works. */
  readonly smokeRuns: number;
}

/** W5 is the benchmark in memory. */
export const SIZES: Readonly<Record<WorkloadId, Size>> = {
  W1: { runs: 2_000, smokeRuns: 20 },
  W2: { runs: 200, smokeRuns: 3 },
  W3: { runs: 5, smokeRuns: 1 },
  W4: { runs: 100_000, smokeRuns: 50 },
  W6: { runs: 10_000, smokeRuns: 20 },
  W7: { runs: 20_000, smokeRuns: 40 },
  journal: { runs: 10_000, smokeRuns: 20 },
  idle: { runs: 0, smokeRuns: 0 },
  wake: { runs: 100, smokeRuns: 1 },
  limit: { runs: 2_000, smokeRuns: 20 },
};

/** Tasks of one run, where a rate of tasks is of interest. */
export const TASKS_PER_RUN: Readonly<Partial<Record<Kind, number>>> = { dag: 5, one: 1, wait: 1 };

export const WORKLOAD_IDS = Object.keys(SIZES) as readonly WorkloadId[];
