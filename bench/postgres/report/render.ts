import { median } from '../measure/statistics';
import type { Result, Results, Setting } from '../results';
import { WORKLOAD_IDS } from '../workloads';
import type { WorkloadId } from '../workloads';
import { TABLES } from './columns';
import type { Column } from './columns';
import { formatNumber, formatTable } from './format';
import { renderGoals } from './goals';
import { medianOf, ratioOf } from './median-of';

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
    `\`\`\`sh\n${command}\n\`\`\``,
    `${date}, commit ${commit}; ${machine}; Node ${node}; medians of up to ${repetitions} repetition${repetitions === 1 ? '' : 's'}; ${loadOf(results)}.`,
    `${postgres}.${redis === '' ? '' : ` ${redis}.`}`,
    `${Object.values(packages).join('; ')}.`,
  ];
  return lines.join('\n\n');
}

function renderWorkload(id: WorkloadId, results: readonly Result[]): string {
  const { title, main, isRate, others } = TABLES[id];
  const rows = group(results.filter(({ workload }) => workload === id));
  const reference = rows.find(([first]) => first?.engine === REFERENCE);
  const cells: TableColumn[] = [
    { title: 'runs', cell: ([first]) => formatNumber(first?.runs || NaN, 0) },
    { title: main.title, cell: (row) => formatNumber(medianOf(row, main.value), main.digits) },
    { title: 'range', cell: (row) => rangeOf(row, main) },
  ];
  if (reference !== undefined && rows.length > 1) {
    const cell = (row: readonly Result[]): string => formatNumber(ratioOf(row, reference, main.value), 2);
    cells.push({ title: `ratio to ${nameOf(reference)}`, cell });
  }
  for (const other of others) {
    cells.push({ title: other.title, cell: (row) => formatNumber(medianOf(row, other.value), other.digits) });
  }
  const known = cells.filter(({ cell }) => rows.some((row) => !['', '–'].includes(cell(row))));
  const body = rows.map((row) => [nameOf(row), ...known.map(({ cell }) => cell(row))]);
  const better = isRate ? 'More is better.' : 'Less is better.';
  return `### ${title}\n\n${better}\n\n${formatTable(['engine', ...known.map((one) => one.title)], body)}`;
}

/** A column without any figure is left out. */
interface TableColumn {
  readonly title: string;
  readonly cell: (row: readonly Result[]) => string;
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
