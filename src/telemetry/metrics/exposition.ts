import type { Labels, MetricDescription } from './metric-catalogue';

/** The content type of what is written here: Prometheus' text format. */
export const EXPOSITION_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Observed values of a histogram. */
export interface Distribution {
  /** How many fell into each bucket, and none of those before it; the last one is for what is above all bounds. */
  readonly counts: number[];
  sum: number;
}

/** The lines of one metric; none where it has no figures. */
export function expose(
  name: string,
  description: MetricDescription,
  figures: Iterable<readonly [Labels, number | Distribution]>,
): readonly string[] {
  const named = exposedName(name, description);
  const lines = [...figures].flatMap(([labels, figure]) =>
    typeof figure === 'number'
      ? [`${named}${labelText(labels)} ${numberText(figure)}`]
      : distributionLines(named, labels, figure, description.buckets ?? []),
  );
  if (lines.length === 0) return [];
  const help = description.help.replace(/\\/g, '\\\\').replace(/\n/g, '\\n');
  return [`# HELP ${named} ${help}`, `# TYPE ${named} ${description.kind}`, ...lines];
}

/** With the suffixes that Prometheus asks for: the unit, and `_total` of what only grows. */
function exposedName(name: string, { kind, unit }: MetricDescription): string {
  const seconds = unit === 's' ? '_seconds' : '';
  return `${name.replace(/\./g, '_')}${seconds}${kind === 'counter' ? '_total' : ''}`;
}

function distributionLines(
  name: string,
  labels: Labels,
  { counts, sum }: Distribution,
  bounds: readonly number[],
): string[] {
  let total = 0;
  const buckets = counts.map((count, i) => {
    total += count;
    return `${name}_bucket${labelText(labels, numberText(bounds[i] ?? Infinity))} ${total}`;
  });
  return [
    ...buckets,
    `${name}_sum${labelText(labels)} ${numberText(sum)}`,
    `${name}_count${labelText(labels)} ${total}`,
  ];
}

function labelText(labels: Labels, le?: string): string {
  const all = Object.entries({ ...labels, ...(le === undefined ? {} : { le }) });
  const texts = all.flatMap(([key, value]) => (value === undefined ? [] : [`${key}="${escaped(String(value))}"`]));
  return texts.length === 0 ? '' : `{${texts.join(',')}}`;
}

function escaped(value: string): string {
  return value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n');
}

function numberText(value: number): string {
  if (value === Infinity) return '+Inf';
  if (value === -Infinity) return '-Inf';
  return String(value);
}
