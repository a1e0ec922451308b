import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { median, percentile } from '../../bench/postgres/measure/statistics';
import { formatNumber, formatTable } from '../../bench/postgres/report/format';
import { renderReport } from '../../bench/postgres/report/render';
import { replaceSection } from '../../bench/postgres/report/section';
import type { Result, Setting } from '../../bench/postgres/results';

const setting: Setting = {
  command: 'npm run bench:postgres',
  date: '2026-01-01',
  commit: 'abc',
  machine: '2 cores',
  node: 'v20',
  postgres: 'PostgreSQL 15',
  redis: '',
  packages: { typeflow: 'typeflow 0.1.0' },
};

function result(engine: string, values: Result['values'], changes: Partial<Result> = {}): Result {
  const fixed = { workload: 'W1', variant: '', repetition: 1, runs: 2, settings: {}, loadAverage: 0, done: 2 } as const;
  return { ...fixed, engine, values, ...changes };
}

/** The cells of the first line that begins with this one. */
function row(report: string, first: string): string[] | undefined {
  const line = report.split('\n').find((one) => one.startsWith(`| ${first} `));
  return line
    ?.split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
}

describe('statistics of a measurement', () => {
  it.each([
    [[3], 3],
    [[4, 1, 3], 3],
    [[4, 1, 3, 2], 2.5],
    [[], NaN],
  ])('the median of %j is %d', (values, expected) => {
    expect(median(values)).toBe(expected);
  });

  it('a percentile is the smallest value that so many do not exceed', () => {
    const values = Array.from({ length: 20 }, (_, index) => 20 - index);
    expect([0, 50, 95, 96, 100].map((percent) => percentile(values, percent))).toEqual([1, 10, 19, 20, 20]);
    expect(percentile([], 95)).toBe(NaN);
  });
});

describe('figures', () => {
  it('have no decimals from a thousand on, and are a dash where there are none', () => {
    expect([formatNumber(12.345, 1), formatNumber(1234.5, 2), formatNumber(NaN, 0)]).toEqual(['12.3', '1,235', '–']);
  });

  it('stand in aligned columns', () => {
    expect(formatTable(['engine', 'n'], [['a', '1,000']])).toBe(
      ['| engine |     n |', '| ------ | ----: |', '| a      | 1,000 |'].join('\n'),
    );
  });
});

describe('the report', () => {
  it('shows medians over repetitions, their range, and the ratio to Typeflow', () => {
    const report = renderReport({
      setting,
      results: [
        ...[100, 300, 200].map((tasksPerS, index) => result('dbos', { tasksPerS }, { repetition: index + 1 })),
        ...[1_000, 800, 900].map((tasksPerS, index) => result('typeflow', { tasksPerS }, { repetition: index + 1 })),
      ],
    });
    expect(row(report, 'dbos')).toEqual(['dbos', '2', '200', '100 … 300', '0.22']);
    expect(row(report, 'typeflow')).toEqual(['typeflow', '2', '900', '800 … 1,000', '1.00']);
    expect(report).toContain('medians of up to 3 repetitions; load average when they began: 0.0');
  });

  it('takes ratios within each repetition, which met the same minutes of the machine', () => {
    const both = (repetition: number, typeflow: number, dbos: number): Result[] => [
      result('typeflow', { tasksPerS: typeflow }, { repetition }),
      result('dbos', { tasksPerS: dbos }, { repetition }),
    ];
    const results = [...both(1, 100, 10), ...both(2, 3_000, 150), ...both(3, 2_000, 40)];
    const report = renderReport({ setting, results });
    expect(row(report, 'dbos')?.slice(2)).toEqual(['40', '10 … 150', '0.05']); // 1/10, 1/20, 1/50
    expect(row(report, 'W1 tasks/s to DBOS')?.slice(1)).toEqual(['at least 20', '20.00', 'yes']);
  });

  it('counts no measurement that was not completed, and says so', () => {
    const report = renderReport({
      setting,
      results: [
        result('typeflow', { tasksPerS: 5 }),
        result('dbos', { tasksPerS: 900 }, { done: 1 }),
        result('bullmq', {}, { done: 0, error: 'no\nstack' }),
      ],
    });
    expect(row(report, 'dbos')).toBeUndefined();
    expect(report).toContain('- W1, dbos, repetition 1: 1 of 2 runs were completed in time');
    expect(report).toContain('- W1, bullmq, repetition 1: no');
    expect(report).not.toContain('stack');
  });

  it('compares with the fastest on PostgreSQL, and says whether a goal is reached', () => {
    const results = [
      result('typeflow', { tasksPerS: 140, rowsPerRun: 8.0025 }),
      result('pgboss12', { tasksPerS: 100 }),
      result('bullmq', { tasksPerS: 500 }),
      result('dbos', { tasksPerS: 5 }),
    ];
    const report = renderReport({ setting, results });
    expect(row(report, 'W1 tasks/s to the fastest on PostgreSQL')?.slice(1)).toEqual(['at least 1.50', '1.40', 'no']);
    expect(row(report, 'W1 tasks/s to DBOS')?.slice(1)).toEqual(['at least 20', '28.00', 'yes']);
    expect(row(report, 'W1 rows written per run')?.slice(1)).toEqual(['at most 8', '8.0', 'yes']);
    expect(row(report, 'W2 p50 to DBOS')).toBeUndefined();
  });

  it('compares the sleeping runs of W6 with its empty database', () => {
    const results = [
      result('typeflow', { tasksPerS: 100, maxRssMb: 100 }, { workload: 'W6', variant: 'empty database' }),
      result('typeflow', { tasksPerS: 80, maxRssMb: 130 }, { workload: 'W6', variant: '9 sleeping runs' }),
    ];
    const report = renderReport({ setting, results });
    expect(row(report, 'W6 worker memory to an empty database')?.slice(1)).toEqual(['at most 1.20', '1.30', 'no']);
    expect(row(report, 'W6 tasks/s to an empty database')?.slice(1)).toEqual(['at least 0.75', '0.80', 'yes']);
  });
});

describe('a page with results', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'typeflow-report-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it('keeps everything around the section, however often that is replaced', () => {
    const page = path.join(folder, 'page.md');
    const real = readFileSync(path.join(__dirname, '..', '..', 'docs', 'performance.md'), 'utf8');
    writeFileSync(page, real);
    replaceSection(page, '@first@');
    replaceSection(page, '@second@');
    const [before, after] = readFileSync(page, 'utf8').split('@second@');
    expect(real.startsWith(before?.trimEnd() ?? '?')).toBe(true);
    expect(real.endsWith(after?.trimStart() ?? '?')).toBe(true);
    expect(before).not.toContain('@first@');
  });

  it('is left alone if it has no place for them', () => {
    const page = path.join(folder, 'page.md');
    writeFileSync(page, 'text');
    expect(() => replaceSection(page, 'first')).toThrow('needs the lines');
    expect(readFileSync(page, 'utf8')).toBe('text');
  });
});
