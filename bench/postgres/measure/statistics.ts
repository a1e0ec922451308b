/** `NaN` for no values. */
export function median(values: readonly number[]): number {
  const sorted = sort(values);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}

/** The smallest value that `percent` of all values do not exceed; `NaN` for no values. */
export function percentile(values: readonly number[], percent: number): number {
  return sort(values)[Math.max(0, Math.ceil((percent / 100) * values.length) - 1)] ?? NaN;
}

function sort(values: readonly number[]): number[] {
  return [...values].sort((a, b) => a - b);
}
