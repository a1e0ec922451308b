import type { Servers } from './bench';
import type { EngineSpec, Settings } from './engines';
import { measureDrain } from './measure/drain';

export type Best = ReadonlyMap<string, Settings>;

/** Enough to tell settings apart. */
const RUNS = { W1: 2_000, W4: 10_000 };
const KINDS = { W1: 'dag', W4: 'one' } as const;

/** Tries all settings of an engine for a workload once, and answers the fastest. */
export async function scan(
  servers: Servers,
  engine: EngineSpec,
  workload: 'W1' | 'W4',
  report: (line: string) => void,
): Promise<Settings> {
  let best = defaultSettings(engine, workload);
  let highest = 0;
  for (const settings of candidates(engine, workload)) {
    const runs = Math.min(RUNS[workload], engine.runs?.[workload] ?? Infinity);
    const { done, values } = await measureDrain(servers, { engine, kind: KINDS[workload], settings }, runs);
    const rate = done === runs ? (values['runsPerS'] ?? 0) : 0;
    report(`scan ${workload} ${engine.name} ${JSON.stringify(settings)}: ${rate.toFixed(0)} runs/s`);
    if (rate <= highest) continue;
    highest = rate;
    best = settings;
  }
  return best;
}

/** The best that is known without a scan. */
export function defaultSettings(engine: EngineSpec, workload: 'W1' | 'W4'): Settings {
  return candidates(engine, workload)[0] ?? {};
}

function candidates({ candidates: known }: EngineSpec, workload: 'W1' | 'W4'): readonly Settings[] {
  return known[workload] ?? known.W1;
}
