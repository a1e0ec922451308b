import type { AttemptFacts, AttemptObserver, NodeEnd, ReadQueues, RunFacts, StretchEnd, Telemetry } from '../telemetry';
import type { CounterName, HistogramName, Labels } from './metric-catalogue';

/** Where figures go. */
export interface MetricSink {
  count(name: CounterName, labels: Labels): void;
  observe(name: HistogramName, value: number, labels: Labels): void;
  /** Absent where nobody wants to know of queues. Answers with what ends it. */
  readonly observeQueues?: ((read: ReadQueues) => () => void) | undefined;
}

/** The telemetry that makes figures of what it hears. @param monotonic ms */
export function meteredTelemetry(sink: MetricSink, monotonic: () => number = () => performance.now()): Telemetry {
  const attempt = (workflow: string, { kind, failures }: AttemptFacts): AttemptObserver => {
    if (failures > 0) sink.count('typeflow.retries', { workflow });
    const startedAt = monotonic();
    return {
      ended: ({ outcome }) =>
        sink.observe('typeflow.attempt.duration', (monotonic() - startedAt) / 1_000, { workflow, kind, outcome }),
    };
  };
  return {
    starting: ({ workflow, flow }) => ({
      ended: ({ outcome }) => {
        if (outcome !== 'elsewhere') sink.count('typeflow.starts', { workflow, flow, outcome });
      },
    }),
    runBegun: (run) => ({
      attempt: (facts) => attempt(run.workflow, facts),
      nodeEnded: (node) => countNode(sink, run, node),
      ended: (end) => countRun(sink, run, end),
    }),
    callBegun: (call) => attempt(call.workflow, call),
    flushed: (records) => sink.observe('typeflow.journal.flush.records', records, {}),
    leaseLost: () => sink.count('typeflow.lease.losses', {}),
    ...(sink.observeQueues !== undefined && { observeQueues: sink.observeQueues }),
  };
}

function countNode(sink: MetricSink, { workflow }: RunFacts, node: NodeEnd): void {
  const labels = { workflow, kind: node.kind, outcome: node.status.toLowerCase() };
  sink.count('typeflow.nodes', labels);
  const { startedAt, finishedAt } = node;
  if (startedAt === undefined || finishedAt === undefined) return;
  sink.observe('typeflow.node.duration', Math.max(0, finishedAt - startedAt) / 1_000, labels);
}

function countRun(sink: MetricSink, { workflow, flow, startedAt, createdAt }: RunFacts, end: StretchEnd): void {
  if (end.outcome !== 'over') return;
  const labels = { workflow, flow, outcome: end.status.toLowerCase() };
  sink.count('typeflow.runs', labels);
  sink.observe('typeflow.run.duration', Math.max(0, end.at - (startedAt ?? createdAt)) / 1_000, labels);
}
