import { AggregationTemporality, InMemoryMetricExporter, MeterProvider } from '@opentelemetry/sdk-metrics';
import { PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { defineWorkflow, WorkflowRunner } from '../../src/index';
import { openTelemetry } from '../../src/telemetry';
import { METRICS } from '../../src/telemetry/metrics/metric-catalogue';

const orders = defineWorkflow('orders')
  .task('a', () => 1)
  .flow('main', { dependsOn: ['a'] }, (a: number) => a)
  .build();

describe('metrics through OpenTelemetry', () => {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 1_000_000 });
  const meterProvider = new MeterProvider({ readers: [reader] });
  afterAll(() => meterProvider.shutdown());

  const collect = async () => {
    await reader.forceFlush();
    const metrics =
      exporter
        .getMetrics()
        .at(-1)
        ?.scopeMetrics.flatMap((scope) => scope.metrics) ?? [];
    return new Map(metrics.map((metric) => [metric.descriptor.name, metric]));
  };

  it('have names, units and buckets of the catalogue, and the figures of the runs', async () => {
    const telemetry = openTelemetry({ meterProvider, spans: false });
    await using runner = await WorkflowRunner.create({ workflows: [orders], database: 'pglite:', telemetry });
    await runner.run(orders, 'main');
    await runner.start(orders, 'main', undefined, { queue: 'nobody' });
    const metrics = await collect();
    await runner.close();

    const runs = metrics.get('typeflow.runs');
    expect(runs?.dataPoints.map(({ attributes, value }) => [attributes, value])).toEqual([
      [{ 'typeflow.workflow': 'orders', 'typeflow.flow': 'main', 'typeflow.outcome': 'completed' }, 1],
    ]);
    expect(metrics.get('typeflow.nodes')?.dataPoints.map(({ attributes }) => attributes)).toEqual([
      { 'typeflow.workflow': 'orders', 'typeflow.node.kind': 'task', 'typeflow.outcome': 'completed' },
      { 'typeflow.workflow': 'orders', 'typeflow.node.kind': 'flow', 'typeflow.outcome': 'completed' },
    ]);
    const duration = metrics.get('typeflow.run.duration');
    expect(duration?.descriptor).toMatchObject({ unit: 's', description: METRICS['typeflow.run.duration'].help });
    expect(duration?.dataPoints[0]?.value).toMatchObject({
      count: 1,
      buckets: { boundaries: [...METRICS['typeflow.run.duration'].buckets] },
    });
    const depths = metrics.get('typeflow.queue.depth')?.dataPoints ?? [];
    expect(depths.map(({ attributes, value }) => [attributes['typeflow.queue'], value])).toEqual([['nobody', 1]]);
    expect(metrics.get('typeflow.queue.age')?.dataPoints).toHaveLength(1);
    // Whatever was grouped into a flush: each record is in one.
    expect(metrics.get('typeflow.journal.flush.records')?.dataPoints[0]?.value).toMatchObject({ min: 1 });
  });

  it('tell a queue that has become empty as empty, and ask no more when that is ended', async () => {
    let reads = 0;
    const read = async () => (++reads === 1 ? [{ queue: 'gpu', due: 3, oldestMs: 2_000 }] : []);
    const stop = openTelemetry({ meterProvider, spans: false }).observeQueues?.(read);
    const ofGpu = async () => {
      const metrics = await collect();
      return ['typeflow.queue.depth', 'typeflow.queue.age'].map(
        (name) => metrics.get(name)?.dataPoints.find((point) => point.attributes['typeflow.queue'] === 'gpu')?.value,
      );
    };
    expect(await ofGpu()).toEqual([3, 2]);
    expect(await ofGpu()).toEqual([0, 0]);
    stop?.();
    await collect();
    expect(reads).toBe(2);
  });

  it('never ask for the queues where they are not wanted', async () => {
    let reads = 0;
    const telemetry = openTelemetry({ meterProvider, spans: false, queues: false });
    telemetry.observeQueues?.(async () => {
      reads++;
      return [];
    });
    await collect();
    expect(reads).toBe(0);
  });
});
