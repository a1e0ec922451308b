/** How a metric is described, to whomever it is exported. */
export interface MetricDescription {
  readonly kind: 'counter' | 'histogram' | 'gauge';
  /** A unit of UCUM, as OpenTelemetry writes it: `s`, or what is counted in braces. */
  readonly unit: string;
  readonly help: string;
  /** Upper bounds of a histogram's buckets. */
  readonly buckets?: readonly number[];
}

/** From a few milliseconds to a day, s: runs wait for people. */
const LONG = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 3_600, 14_400, 86_400];

/** From a millisecond to ten minutes, s. */
const SHORT = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 600];

/** Every metric, by the name that OpenTelemetry gets. */
export const METRICS = {
  'typeflow.starts': { kind: 'counter', unit: '{run}', help: 'Starts of runs in this process, by what came of them.' },
  'typeflow.runs': { kind: 'counter', unit: '{run}', help: 'Runs that ended in this process, by outcome.' },
  'typeflow.run.duration': {
    kind: 'histogram',
    unit: 's',
    help: 'Time from the first execution of a run to its end, waits included.',
    buckets: LONG,
  },
  'typeflow.nodes': {
    kind: 'counter',
    unit: '{node}',
    help: 'Tasks, flows and compensations, and instances of mapped tasks, whose end was recorded in this process, by outcome.',
  },
  'typeflow.node.duration': {
    kind: 'histogram',
    unit: 's',
    help: 'Time from the first attempt of a node to its end, backoffs and waits included.',
    buckets: LONG,
  },
  'typeflow.attempt.duration': {
    kind: 'histogram',
    unit: 's',
    help: 'Time that calls of methods took in this process.',
    buckets: SHORT,
  },
  'typeflow.retries': {
    kind: 'counter',
    unit: '{attempt}',
    help: 'Attempts that were made in this process because an earlier one had failed.',
  },
  'typeflow.journal.flush.records': {
    kind: 'histogram',
    unit: '{record}',
    help: 'How many records of runs were committed together.',
    buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000],
  },
  'typeflow.lease.losses': {
    kind: 'counter',
    unit: '{lease}',
    help: 'Leases of the worker that ended while it worked: its runs were given to others.',
  },
  'typeflow.queue.depth': {
    kind: 'gauge',
    unit: '{run}',
    help: 'Runs that could be executed now and wait for a worker.',
  },
  'typeflow.queue.age': { kind: 'gauge', unit: 's', help: 'How long the oldest of those has been waiting.' },
} as const satisfies Readonly<Record<string, MetricDescription>>;

export type MetricName = keyof typeof METRICS;

type NamesOf<Kind> = { [Name in MetricName]: (typeof METRICS)[Name]['kind'] extends Kind ? Name : never }[MetricName];

export type CounterName = NamesOf<'counter'>;
export type HistogramName = NamesOf<'histogram'>;
export type GaugeName = NamesOf<'gauge'>;

/** What a figure is told apart by. All of them come from code, or are one of a few words; `queue` alone can be named by a start. */
export interface Labels {
  readonly workflow?: string;
  readonly flow?: string;
  readonly kind?: string;
  readonly outcome?: string;
  readonly queue?: string;
}
