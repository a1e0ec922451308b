import { median } from './measure';
import type { Concurrency, Measurement } from './measure';

/** Medians in microseconds per run, with the ratio to one of the engines and the lowest and highest repetition. */
export function table(measurements: readonly Measurement[], base: string): string {
  const medianOf = (engine: string, concurrency: Concurrency): number =>
    median(measurements.find((one) => one.engine === engine && one.concurrency === concurrency)?.microseconds ?? []);
  const rows = measurements.map(({ engine, concurrency, microseconds }) => [
    engine,
    concurrency === 1 ? 'one after the other' : `${concurrency} at a time`,
    median(microseconds).toFixed(1),
    `${Math.min(...microseconds).toFixed(1)} … ${Math.max(...microseconds).toFixed(1)}`,
    (median(microseconds) / medianOf(base, concurrency)).toFixed(2),
  ]);
  const header = ['engine', 'runs', 'µs per run', 'range', `ratio to ${base}`];
  const widths = header.map((title, column) =>
    Math.max(...[header, ...rows].map((row) => row[column]?.length ?? 0), title.length),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(header), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}
