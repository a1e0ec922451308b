import { median } from '../measure/statistics';
import type { Result } from '../results';

/** The median of a value over repetitions; `NaN` where it was not measured. */
export function medianOf(results: readonly Result[], value: string): number {
  return medianOfKnown(results.map(({ values }) => values[value]));
}

/** The median of what is known. */
export function medianOfKnown(values: readonly (number | null | undefined)[]): number {
  return median(values.filter((one): one is number => typeof one === 'number' && !Number.isNaN(one)));
}

/**
 * How many times the reference's value a value is: the median over repetitions of the ratio within each, because the measurements
 * of one repetition met the same minutes of the machine.
 */
export function ratioOf(results: readonly Result[], reference: readonly Result[], value: string): number {
  return medianOfKnown(
    results.map(({ repetition, values }) => {
      const other = reference.find((one) => one.repetition === repetition);
      return (values[value] ?? NaN) / (other?.values[value] ?? NaN);
    }),
  );
}
