import type { Engine, OpenEngine } from './engine';

/** How many runs of one measurement are under way at a time. */
export type Concurrency = 1 | 100;

export interface Plan {
  readonly engines: readonly Engine[];
  readonly runs: number;
  readonly repetitions: number;
  readonly warmUp: number;
}

export interface Measurement {
  readonly engine: string;
  readonly concurrency: Concurrency;
  /** Wall-clock time of one run, microseconds: one value per repetition. */
  readonly microseconds: readonly number[];
}

const CONCURRENCIES: readonly Concurrency[] = [1, 100];
const TASKS = 5;

/**
 * Measures every engine in every repetition, so that a slow moment of the machine meets all of them, and starts each repetition
 * with another engine. An engine is opened anew each time, and the garbage of the one before is collected if Node allows it.
 */
export async function measure({ engines, runs, repetitions, warmUp }: Plan): Promise<Measurement[]> {
  const measurements = engines.flatMap(({ name }) =>
    CONCURRENCIES.map((concurrency) => ({ engine: name, concurrency, microseconds: [] as number[] })),
  );
  for (let repetition = 0; repetition < repetitions; repetition++) {
    for (let turn = 0; turn < engines.length; turn++) {
      const engine = engines[(turn + repetition) % engines.length];
      if (engine === undefined) continue;
      for (const { concurrency, microseconds } of measurements.filter((one) => one.engine === engine.name)) {
        microseconds.push(await measureOnce(engine, concurrency, runs, warmUp));
      }
    }
  }
  return measurements;
}

async function measureOnce(engine: Engine, concurrency: Concurrency, runs: number, warmUp: number): Promise<number> {
  const open = await engine.open();
  try {
    await repeat(open, engine.name, concurrency, warmUp);
    globalThis.gc?.();
    const startedAt = performance.now();
    await repeat(open, engine.name, concurrency, runs);
    return ((performance.now() - startedAt) * 1_000) / runs;
  } finally {
    await open.close();
  }
}

async function repeat(open: OpenEngine, name: string, concurrency: Concurrency, runs: number): Promise<void> {
  for (let first = 0; first < runs; first += concurrency) {
    const size = Math.min(concurrency, runs - first);
    const calls = await Promise.all(Array.from({ length: size }, (_, index) => open.run(first + index)));
    if (calls.some((count) => count !== TASKS))
      throw new Error(`${name}: expected ${TASKS} calls per run, got ${calls}`);
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}
