import type { QueueFigures, ReadQueues, Telemetry } from '../telemetry';
import { expose, EXPOSITION_TYPE } from './exposition';
import type { Distribution } from './exposition';
import { meteredTelemetry } from './metered-telemetry';
import { METRICS } from './metric-catalogue';
import type { CounterName, GaugeName, HistogramName, Labels } from './metric-catalogue';
import { Series } from './series';

export interface PrometheusOptions {
  /**
   * Whether each `render` also counts what stands in the queues: a query that takes longer the more unfinished runs there are. Default true. In a
   * fleet, one process is enough.
   */
  readonly queues?: boolean;
}

/** The figures of one process, for a page that Prometheus reads. */
export interface PrometheusMetrics {
  /** For the option `telemetry` of one or more runners of this process. */
  readonly telemetry: Telemetry;
  /** The `Content-Type` of what `render` writes. */
  readonly contentType: string;
  /**
   * All figures in Prometheus' text format 0.0.4. It never rejects: while the database does not answer, those of the queues are left out and
   * `typeflow_queue_read_errors_total` grows.
   */
  render(): Promise<string>;
}

/**
 * Collects metrics in this process, without a dependency, for a `/metrics` endpoint.
 *
 * @example
 * const metrics = prometheusMetrics();
 * const runner = await WorkflowRunner.create({ workflows, telemetry: metrics.telemetry });
 * app.get('/metrics', async (_, reply) => reply.type(metrics.contentType).send(await metrics.render()));
 */
export function prometheusMetrics({ queues = true }: PrometheusOptions = {}): PrometheusMetrics {
  const registry = new Registry();
  return {
    telemetry: meteredTelemetry({
      count: (name, labels) => registry.count(name, labels),
      observe: (name, value, labels) => registry.observe(name, value, labels),
      ...(queues && { observeQueues: (read: ReadQueues) => registry.observeQueues(read) }),
    }),
    contentType: EXPOSITION_TYPE,
    render: () => registry.render(),
  };
}

const READ_ERRORS = { kind: 'counter', unit: '{error}', help: 'How often the queues could not be read.' } as const;

class Registry {
  readonly #counters = new Map<CounterName, Series<{ value: number }>>();
  readonly #histograms = new Map<HistogramName, Series<Distribution>>();
  readonly #readers = new Set<ReadQueues>();
  #readErrors = 0;

  count(name: CounterName, labels: Labels): void {
    let series = this.#counters.get(name);
    if (series === undefined) this.#counters.set(name, (series = new Series(() => ({ value: 0 }))));
    series.of(labels).value += 1;
  }

  observe(name: HistogramName, value: number, labels: Labels): void {
    const { buckets } = METRICS[name];
    let series = this.#histograms.get(name);
    if (series === undefined) {
      series = new Series(() => ({ counts: new Array<number>(buckets.length + 1).fill(0), sum: 0 }));
      this.#histograms.set(name, series);
    }
    const distribution = series.of(labels);
    const bucket = buckets.findIndex((bound) => value <= bound);
    const at = bucket < 0 ? buckets.length : bucket;
    distribution.counts[at] = (distribution.counts[at] ?? 0) + 1;
    distribution.sum += value;
  }

  observeQueues(read: ReadQueues): () => void {
    // One of its own, so that who is told twice can be left twice.
    const own: ReadQueues = () => read();
    this.#readers.add(own);
    return () => void this.#readers.delete(own);
  }

  async render(): Promise<string> {
    const queues = await this.#readQueues();
    const gauges: Record<GaugeName, (figures: QueueFigures) => number> = {
      'typeflow.queue.depth': ({ due }) => due,
      'typeflow.queue.age': ({ oldestMs }) => oldestMs / 1_000,
    };
    const lines = Object.entries(METRICS).flatMap(([name, description]) => {
      const counter = [...(this.#counters.get(name as CounterName) ?? [])];
      const histogram = [...(this.#histograms.get(name as HistogramName) ?? [])];
      const gauge = description.kind === 'gauge' ? queues : [];
      return expose(name, description, [
        ...counter.map(([labels, { value }]) => [labels, value] as const),
        ...histogram,
        ...gauge.map((one) => [{ queue: one.queue }, gauges[name as GaugeName](one)] as const),
      ]);
    });
    lines.push(...expose('typeflow.queue.read.errors', READ_ERRORS, [[{}, this.#readErrors]]));
    return `${lines.join('\n')}\n`;
  }

  /** Of runners on one database each has the same queues: those are told once. */
  async #readQueues(): Promise<readonly QueueFigures[]> {
    const byName = new Map<string, QueueFigures>();
    for (const read of this.#readers) {
      try {
        for (const figures of await read()) byName.set(figures.queue, figures);
      } catch {
        this.#readErrors += 1;
      }
    }
    return [...byName.values()];
  }
}
