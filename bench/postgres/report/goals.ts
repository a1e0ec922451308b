import { ENGINES } from '../engines';
import { EMPTY_DATABASE } from '../jobs';
import type { Result } from '../results';
import type { WorkloadId } from '../workloads';
import { formatNumber, formatTable } from './format';
import { medianOf, medianOfKnown } from './median-of';

/** What Typeflow wants to reach beside the others of the same run: `measured` is to be at least, or at most, `bound`. */
interface Goal {
  readonly what: string;
  readonly measured: number;
  readonly bound: number;
  readonly isAtLeast: boolean;
  /** To how many digits the two are compared. */
  readonly digits: number;
}

/**
 * The goals that were measured, and whether they were reached. They are computed for each repetition by itself, because its
 * measurements met the same minutes of the machine; the median over repetitions is what counts.
 */
export function renderGoals(results: readonly Result[]): string {
  const repetitions = new Set(results.map(({ repetition }) => repetition));
  const byRepetition = [...repetitions].map((one) => allGoals(results.filter(({ repetition }) => repetition === one)));
  const goals = (byRepetition[0] ?? [])
    .map((goal, index) => ({ ...goal, measured: medianOfKnown(byRepetition.map((all) => all[index]?.measured)) }))
    .filter(({ measured }) => Number.isFinite(measured));
  if (goals.length === 0) return '';
  const rows = goals.map(({ what, measured, bound, isAtLeast, digits }) => {
    const [shown, limit] = [measured, bound].map((value) => Number(value.toFixed(digits)));
    const isReached = isAtLeast ? (shown ?? NaN) >= (limit ?? NaN) : (shown ?? NaN) <= (limit ?? NaN);
    const goal = `${isAtLeast ? 'at least' : 'at most'} ${formatNumber(bound, bound % 1 === 0 ? 0 : 2)}`;
    return [what, goal, formatNumber(measured, digits), isReached ? 'yes' : 'no'];
  });
  return `### Goals\n\n${formatTable(['goal', 'bound', 'measured', 'reached'], rows)}`;
}

function allGoals(results: readonly Result[]): readonly Goal[] {
  const ours = (workload: WorkloadId, value: string, variant = ''): number =>
    medianOf(select(results, workload, 'typeflow', variant), value);
  const theirs = (workload: WorkloadId, value: string, onPostgres: boolean): readonly number[] =>
    ENGINES.filter(({ name, storage }) => name !== 'typeflow' && (!onPostgres || storage === 'postgres'))
      .map(({ name }) => medianOf(select(results, workload, name, ''), value))
      .filter((median) => !Number.isNaN(median));
  const dbos = (workload: WorkloadId, value: string): number => medianOf(select(results, workload, 'dbos', ''), value);
  const atLeast = (what: string, measured: number, bound: number): Goal => ({
    what,
    measured,
    bound,
    isAtLeast: true,
    digits: 2,
  });
  const atMost = (what: string, measured: number, bound: number): Goal => ({
    what,
    measured,
    bound,
    isAtLeast: false,
    digits: 2,
  });
  const sleeping = (value: string): number =>
    medianOf(
      results.filter((one) => one.workload === 'W6' && one.variant !== EMPTY_DATABASE && isWhole(one)),
      value,
    ) / ours('W6', value, EMPTY_DATABASE);
  return [
    atLeast(
      'W1 tasks/s to the fastest on PostgreSQL',
      ours('W1', 'tasksPerS') / highest(theirs('W1', 'tasksPerS', true)),
      1.5,
    ),
    atLeast('W1 tasks/s to DBOS', ours('W1', 'tasksPerS') / dbos('W1', 'tasksPerS'), 20),
    // The few rows that a worker writes for itself are counted, too.
    { ...atMost('W1 rows written per run', ours('W1', 'rowsPerRun'), 8), digits: 1 },
    atMost('W2 p50 to DBOS', ours('W2', 'p50Ms') / dbos('W2', 'p50Ms'), 1 / 3),
    atMost('W2 p50 to the fastest of all', ours('W2', 'p50Ms') / lowest(theirs('W2', 'p50Ms', false)), 1),
    atMost('W2 p50 to 11 bare commits', ours('W2', 'ratioToBare'), 1.4),
    atMost('W3 p50 to the fastest of all', ours('W3', 'p50Ms') / lowest(theirs('W3', 'p50Ms', false)), 1),
    atLeast(
      'W4 runs/s to the fastest on PostgreSQL',
      ours('W4', 'runsPerS') / highest(theirs('W4', 'runsPerS', true)),
      1,
    ),
    atMost('W6 worker memory to an empty database', sleeping('maxRssMb'), 1.2),
    atLeast('W6 tasks/s to an empty database', sleeping('tasksPerS'), 0.75),
    atMost('transactions/s of an idle worker', ours('idle', 'commitsPerS'), 1),
    atMost('start to first task elsewhere, p50 ms', ours('wake', 'p50Ms'), 10),
  ];
}

function select(results: readonly Result[], workload: WorkloadId, engine: string, variant: string): readonly Result[] {
  return results.filter(
    (one) => one.workload === workload && one.engine === engine && one.variant === variant && isWhole(one),
  );
}

function isWhole({ error, done, runs }: Result): boolean {
  return error === undefined && done >= runs;
}

/** `NaN` for none, so that a goal without anybody to compare with is left out. */
function highest(values: readonly number[]): number {
  return values.length === 0 ? NaN : Math.max(...values);
}

function lowest(values: readonly number[]): number {
  return values.length === 0 ? NaN : Math.min(...values);
}
