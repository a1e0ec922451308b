import type { MetricsSource } from '../application/service-options';
import type { Operations } from '../application/operations';
import type { QueueView } from '../application/views';
import { EXPOSITION_TYPE, expose } from '../telemetry/metrics/exposition';
import { METRICS } from '../telemetry/metrics/metric-catalogue';
import type { MetricDescription } from '../telemetry/metrics/metric-catalogue';
import type { EventStreams } from './events/event-streams';

export const METRICS_TYPE = EXPOSITION_TYPE;

interface Gauge {
  readonly name: string;
  readonly description: MetricDescription;
  readonly valueOf: (queue: QueueView, now: number) => number;
}

const runs = (help: string): MetricDescription => ({ kind: 'gauge', unit: '{run}', help });

const QUEUE_GAUGES: readonly Gauge[] = [
  { name: 'typeflow.queue.depth', description: METRICS['typeflow.queue.depth'], valueOf: ({ due }) => due },
  { name: 'typeflow.queue.age', description: METRICS['typeflow.queue.age'], valueOf: ageOf },
  {
    name: 'typeflow.queue.later',
    description: runs('Runs that are to start, or to go on, later.'),
    valueOf: ({ later }) => later,
  },
  {
    name: 'typeflow.queue.running',
    description: runs('Runs that are being executed.'),
    valueOf: ({ running }) => running,
  },
  { name: 'typeflow.queue.held', description: runs('Runs that wait for execute.'), valueOf: ({ held }) => held },
  {
    name: 'typeflow.queue.workers',
    description: { kind: 'gauge', unit: '{worker}', help: 'Live workers that serve the queue.' },
    valueOf: ({ workers }) => workers,
  },
];

const STREAMS = { kind: 'gauge', unit: '{stream}', help: 'Event streams that are open.' } as const;

/** What the application collects, if it does, and what a service can tell by itself: the queues of its database, and its streams. */
export async function serviceMetrics({
  operations,
  streams,
  metrics,
}: {
  readonly operations: Pick<Operations, 'queues'>;
  readonly streams: Pick<EventStreams, 'open'>;
  readonly metrics: MetricsSource | undefined;
}): Promise<string> {
  const collected = (await metrics?.render()) ?? '';
  const queues = await operations.queues();
  const now = Date.now();
  const own = QUEUE_GAUGES.map(({ name, description, valueOf }) =>
    expose(
      name,
      description,
      queues.map((queue) => [{ queue: queue.queue }, valueOf(queue, now)] as const),
    ),
  );
  // A metric may be told once only, and some the application may collect, too.
  const added = [...own, expose('typeflow.service.streams', STREAMS, [[{}, streams.open]])].filter(
    ([, type]) => type !== undefined && !collected.includes(type),
  );
  return `${collected}${added.flat().join('\n')}\n`;
}

function ageOf({ oldestDueAt }: QueueView, now: number): number {
  return oldestDueAt === undefined ? 0 : Math.max(0, now - Date.parse(oldestDueAt)) / 1_000;
}
