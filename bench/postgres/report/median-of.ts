import { median } from '../measure/statistics';
import type { Result } from '../results';

/** The median of a value over repetitions; `NaN` where it was not measured. */
export function medianOf(results: readonly Result[], value: string): number {
  return median(results.map(({ values }) => values[value]).filter((one) => one !== undefined && one !== null));
}
