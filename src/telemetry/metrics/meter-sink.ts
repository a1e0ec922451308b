import type { Attributes, Counter, Histogram, Meter } from '@opentelemetry/api';
import type { ReadQueues } from '../telemetry';
import type { MetricSink } from './metered-telemetry';
import { METRICS } from './metric-catalogue';
import type { CounterName, HistogramName, Labels } from './metric-catalogue';

/** Figures for a meter of OpenTelemetry. @param meter asked when the first figure comes: the SDK is started by then */
export function meterSink(meter: () => Meter, { queues }: { readonly queues: boolean }): MetricSink {
  const counters = new Map<CounterName, Counter>();
  const histograms = new Map<HistogramName, Histogram>();
  const counterOf = (name: CounterName): Counter => {
    const { unit, help: description } = METRICS[name];
    return kept(counters, name, () => meter().createCounter(name, { unit, description }));
  };
  const histogramOf = (name: HistogramName): Histogram => {
    const { unit, help: description, buckets } = METRICS[name];
    const advice = { explicitBucketBoundaries: [...buckets] };
    return kept(histograms, name, () => meter().createHistogram(name, { unit, description, advice }));
  };
  return {
    count: (name, labels) => counterOf(name).add(1, attributesOf(labels)),
    observe: (name, value, labels) => histogramOf(name).record(value, attributesOf(labels)),
    ...(queues && { observeQueues: (read: ReadQueues) => observeQueues(meter(), read) }),
  };
}

/** Reads the queues with every collection, once for both gauges. An SDK goes on telling the last figures of a queue that is told of no more. */
function observeQueues(meter: Meter, read: ReadQueues): () => void {
  const gaugeOf = (name: 'typeflow.queue.depth' | 'typeflow.queue.age') => {
    const { unit, help: description } = METRICS[name];
    return meter.createObservableGauge(name, { unit, description });
  };
  const depth = gaugeOf('typeflow.queue.depth');
  const age = gaugeOf('typeflow.queue.age');
  const known = new Set<string>();
  const callback: Parameters<Meter['addBatchObservableCallback']>[0] = async (result) => {
    const figures = new Map((await read()).map((one) => [one.queue, one]));
    for (const queue of figures.keys()) known.add(queue);
    for (const queue of known) {
      const { due = 0, oldestMs = 0 } = figures.get(queue) ?? {};
      result.observe(depth, due, attributesOf({ queue }));
      result.observe(age, oldestMs / 1_000, attributesOf({ queue }));
    }
  };
  meter.addBatchObservableCallback(callback, [depth, age]);
  return () => meter.removeBatchObservableCallback(callback, [depth, age]);
}

function attributesOf({ workflow, flow, kind, outcome, queue }: Labels): Attributes {
  return {
    ...(workflow !== undefined && { 'typeflow.workflow': workflow }),
    ...(flow !== undefined && { 'typeflow.flow': flow }),
    ...(kind !== undefined && { 'typeflow.node.kind': kind }),
    ...(outcome !== undefined && { 'typeflow.outcome': outcome }),
    ...(queue !== undefined && { 'typeflow.queue': queue }),
  };
}

function kept<Name, Instrument>(all: Map<Name, Instrument>, name: Name, make: () => Instrument): Instrument {
  let known = all.get(name);
  if (known === undefined) all.set(name, (known = make()));
  return known;
}
