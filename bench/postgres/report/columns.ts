import type { WorkloadId } from '../workloads';

/** One figure of a table. */
export interface Column {
  readonly title: string;
  /** Its name among a measurement's values. */
  readonly value: string;
  readonly digits: number;
}

export interface TableShape {
  readonly title: string;
  /** The figure that engines are compared by; the lowest and highest repetition are shown beside its median. */
  readonly main: Column;
  /** Whether more of it is better. */
  readonly isRate: boolean;
  readonly others: readonly Column[];
}

const column = (title: string, value: string, digits = 0): Column => ({ title, value, digits });

const COMMITS = column('commits/run', 'commitsPerRun', 2);
const ROWS = column('rows/run', 'rowsPerRun', 1);
const WAL = column('WAL bytes/run', 'walPerRun');
const NODE_CPU = column('Node CPU ms/run', 'nodeCpuMsPerRun', 2);
const POSTGRES_CPU = column('PostgreSQL CPU ms/run', 'postgresCpuMsPerRun', 2);
const MEMORY = column('worker RSS MB', 'maxRssMb');
const ENQUEUE = column('enqueued/s', 'enqueuePerS');

const USAGE = [COMMITS, ROWS, WAL, NODE_CPU, POSTGRES_CPU, MEMORY];

export const TABLES: Readonly<Record<WorkloadId, TableShape>> = {
  W1: {
    title: 'W1: 2,000 diamonds of five tasks, drained by one worker',
    main: column('tasks/s', 'tasksPerS'),
    isRate: true,
    others: [ENQUEUE, ...USAGE, column('first task after process start, ms', 'coldMs')],
  },
  W2: {
    title: 'W2: a chain of ten tasks, started and awaited',
    main: column('p50 ms', 'p50Ms', 2),
    isRate: false,
    others: [
      column('p95 ms', 'p95Ms', 2),
      column('11 bare commits, p50 ms', 'bareP50Ms', 2),
      column('ratio to them', 'ratioToBare', 2),
      NODE_CPU,
      MEMORY,
    ],
  },
  W3: {
    title: 'W3: one run with 1,000 parallel tasks',
    main: column('p50 ms', 'p50Ms'),
    isRate: false,
    others: [column('first run ms', 'firstMs'), column('best ms', 'bestMs'), COMMITS, ROWS, WAL],
  },
  W4: {
    title: 'W4: a backlog of one-task runs, drained by one worker',
    main: column('runs/s', 'runsPerS'),
    isRate: true,
    others: [ENQUEUE, ...USAGE],
  },
  W6: {
    title: 'W6: diamonds beside a million sleeping runs',
    main: column('tasks/s', 'tasksPerS'),
    isRate: true,
    others: [MEMORY, NODE_CPU, POSTGRES_CPU, WAL],
  },
  W7: {
    title: 'W7: several workers on one backlog of tasks that wait 5 ms',
    main: column('tasks/s', 'tasksPerS'),
    isRate: true,
    others: [column('smallest share of a worker', 'smallestShare', 2), NODE_CPU, POSTGRES_CPU, MEMORY],
  },
  journal: {
    title: 'The limits of a flush: 10,000 diamonds, drained by one worker',
    main: column('tasks/s', 'tasksPerS'),
    isRate: true,
    others: [COMMITS, NODE_CPU, POSTGRES_CPU, MEMORY],
  },
  idle: {
    title: 'What an idle worker asks of the database',
    main: column('transactions/s', 'commitsPerS', 2),
    isRate: false,
    others: [],
  },
  wake: {
    title: 'From the start of a run in one process to its first task in another',
    main: column('p50 ms', 'p50Ms', 1),
    isRate: false,
    others: [column('p95 ms', 'p95Ms', 1), column('best ms', 'bestMs', 1)],
  },
  limit: {
    title: 'The limit: what bare pg does with the rows of W1',
    main: column('tasks/s, 1 connection', 'tasksPerS'),
    isRate: true,
    others: [
      column('tasks/s, 4 connections', 'tasksPerSTogether'),
      column('single-row commits/s, 1 connection', 'singleCommitsPerS'),
      column('single-row commits/s, 50 connections', 'singleCommitsPerSTogether'),
    ],
  },
};
