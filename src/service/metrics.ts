import type { Operations } from '../application/operations';
import type { EventStreams } from './events/event-streams';

export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

interface Gauge {
  readonly name: string;
  readonly help: string;
  readonly values: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[];
}

/** What a service can tell by itself: the queues of its database, and its streams. */
export async function serviceMetrics({
  operations,
  streams,
}: {
  readonly operations: Pick<Operations, 'queues'>;
  readonly streams: Pick<EventStreams, 'open'>;
}): Promise<string> {
  const queues = await operations.queues();
  const now = Date.now();
  const gauge = (name: string, help: string, valueOf: (queue: (typeof queues)[number]) => number): Gauge => ({
    name,
    help,
    values: queues.map((queue) => ({ labels: { queue: queue.queue }, value: valueOf(queue) })),
  });
  const age = (since: string | undefined): number =>
    since === undefined ? 0 : Math.max(0, now - Date.parse(since)) / 1_000;
  return text([
    gauge('typeflow_queue_due_runs', 'Runs that wait for a worker.', ({ due }) => due),
    gauge('typeflow_queue_oldest_due_seconds', 'How long the oldest of them has waited.', ({ oldestDueAt }) =>
      age(oldestDueAt),
    ),
    gauge('typeflow_queue_later_runs', 'Runs that are to start, or to go on, later.', ({ later }) => later),
    gauge('typeflow_queue_running_runs', 'Runs that are being executed.', ({ running }) => running),
    gauge('typeflow_queue_held_runs', 'Runs that wait for execute.', ({ held }) => held),
    gauge('typeflow_queue_workers', 'Live workers that serve the queue.', ({ workers }) => workers),
    {
      name: 'typeflow_service_event_streams',
      help: 'Event streams that are open.',
      values: [{ labels: {}, value: streams.open }],
    },
  ]);
}

function text(gauges: readonly Gauge[]): string {
  const lines = gauges.flatMap(({ name, help, values }) => [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} gauge`,
    ...values.map(({ labels, value }) => `${name}${labelText(labels)} ${value}`),
  ]);
  return `${lines.join('\n')}\n`;
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}="${escaped(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
