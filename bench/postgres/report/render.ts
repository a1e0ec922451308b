import { median } from '../measure/statistics';
import type { Result, Results, Setting } from '../results';
import { WORKLOAD_IDS } from '../workloads';
import type { WorkloadId } from '../workloads';
import { TABLES } from './columns';
import type { Column } from './columns';
import { formatNumber, formatTable } from './format';
import { renderGoals } from './goals';
import { medianOf } from './median-of';

const REFERENCE = 'typeflow';

/** The Markdown of everything that was measured. */
export function renderReport({ setting, results }: Results): string {
  const present = WORKLOAD_IDS.filter((id) => results.some(({ workload }) => workload === id));
  return [
    renderSetting(setting, results),
    renderGoals(results),
    ...present.map((id) => renderWorkload(id, results)),
    renderSettings(results),
    renderFailures(results),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** A load above the number of cores would say that the machine had other things to do. */
function loadOf(results: readonly Result[]): string {
  return `load average when they began: ${formatNumber(median(results.map(({ loadAverage }) => loadAverage)), 1)}`;
}

function renderSetting(
  { command, date, commit, machine, node, postgres, redis, packages }: Setting,
  results: readonly Result[],
) {
  const repetitions = Math.max(...results.map(({ repetition }) => repetition));
  const lines = [
    `\`${command}\``,
    `${date}, commit ${commit}; ${machine}; Node ${node}; medians of ${repetitions} repetition${repetitions === 1 ? '' : 's'}; ${loadOf(results)}.`,
    `${postgres}.${redis === '' ? '' : ` ${redis}.`}`,
    `${Object.values(packages).join('; ')}.`,
  ];
  return lines.join('\n\n');
}

function renderWorkload(id: WorkloadId, results: readonly Result[]): string {
  const { title, main, isRate, others } = TABLES[id];
  const rows = group(results.filter(({ workload }) => workload === id));
  const shown = others.filter(({ value }) => rows.some((row) => !Number.isNaN(medianOf(row, value))));
  const reference = medianOf(rows.find(([first]) => first?.engine === REFERENCE) ?? [], main.value);
  const header = ['engine', 'runs', main.title, 'range', `ratio to ${REFERENCE}`, ...shown.map((one) => one.title)];
  const body = rows.map((row) => [
    nameOf(row),
    formatNumber(row[0]?.runs ?? NaN, 0),
    formatNumber(medianOf(row, main.value), main.digits),
    rangeOf(row, main),
    formatNumber(medianOf(row, main.value) / reference, 2),
    ...shown.map(({ value, digits }) => formatNumber(medianOf(row, value), digits)),
  ]);
  const better = isRate ? 'More is better.' : 'Less is better.';
  return `### ${title}\n\n${better}\n\n${formatTable(header, body)}`;
}

/** All repetitions of one measurement, in the order of their first appearance. */
function group(results: readonly Result[]): readonly (readonly Result[])[] {
  const groups = new Map<string, Result[]>();
  for (const result of results) {
    if (result.error !== undefined || result.done < result.runs) continue;
    const key = `${result.engine}/${result.variant}`;
    groups.set(key, [...(groups.get(key) ?? []), result]);
  }
  return [...groups.values()];
}

function nameOf([first]: readonly Result[]): string {
  if (first === undefined) return '';
  return first.variant === '' ? first.engine : `${first.engine}, ${first.variant}`;
}

function rangeOf(row: readonly Result[], { value, digits }: Column): string {
  const values = row.map((result) => result.values[value] ?? NaN);
  return values.length < 2
    ? ''
    : `${formatNumber(Math.min(...values), digits)} … ${formatNumber(Math.max(...values), digits)}`;
}

/** With which settings each engine was measured. */
function renderSettings(results: readonly Result[]): string {
  const lines = new Set(
    results
      .filter(({ settings }) => Object.keys(settings).length > 0)
      .map(({ workload, engine, settings }) => {
        const words = Object.entries(settings).map(([name, value]) => `${name} ${value}`);
        return `| ${engine} | ${workload} | ${words.join(', ')} |`;
      }),
  );
  if (lines.size === 0) return '';
  return ['### Settings', '', '| engine | workload | settings |', '| --- | --- | --- |', ...[...lines].sort()].join(
    '\n',
  );
}

function renderFailures(results: readonly Result[]): string {
  const failed = results.filter(({ done, runs, error }) => error !== undefined || done < runs);
  if (failed.length === 0) return '';
  const lines = failed.map(({ workload, engine, variant, repetition, done, runs, error }) => {
    const what = error === undefined ? `${done} of ${runs} runs were completed in time` : error.split('\n')[0];
    return `- ${workload}, ${engine}${variant === '' ? '' : `, ${variant}`}, repetition ${repetition}: ${what}`;
  });
  return ['### Not completed', '', ...lines].join('\n');
}
