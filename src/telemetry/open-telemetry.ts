import { metrics as metricsApi, trace } from '@opentelemetry/api';
import type { MeterProvider, TracerProvider } from '@opentelemetry/api';
import { combineTelemetry } from './combine-telemetry';
import { meteredTelemetry } from './metrics/metered-telemetry';
import { meterSink } from './metrics/meter-sink';
import { spanTelemetry } from './spans/span-telemetry';
import type { Telemetry } from './telemetry';

/** How runs are told to OpenTelemetry. */
export interface OpenTelemetryOptions {
  /** Default: the global one. */
  readonly tracerProvider?: TracerProvider;
  /** Default: the global one. */
  readonly meterProvider?: MeterProvider;
  /** Whether there are spans, and trace ids in log lines. Default true. */
  readonly spans?: boolean;
  /** Whether there are metrics. Default true. */
  readonly metrics?: boolean;
  /**
   * Whether each collection of the metrics also counts what stands in the queues: a query that takes longer the more unfinished runs there are.
   * Default true. In a fleet, one process is enough.
   */
  readonly queues?: boolean;
}

/** The name of our tracer and meter. */
const SCOPE = 'typeflow';

/**
 * Spans, metrics and trace ids in log lines, for whatever SDK the process has. Without one, nothing is made.
 *
 * @example const runner = await WorkflowRunner.create({ workflows, telemetry: openTelemetry() });
 */
export function openTelemetry(options: OpenTelemetryOptions = {}): Telemetry {
  const { tracerProvider, meterProvider, spans = true, metrics = true, queues = true } = options;
  const meter = () => (meterProvider ?? metricsApi.getMeterProvider()).getMeter(SCOPE);
  return combineTelemetry(
    ...(spans ? [spanTelemetry((tracerProvider ?? trace.getTracerProvider()).getTracer(SCOPE))] : []),
    ...(metrics ? [meteredTelemetry(meterSink(meter, { queues }))] : []),
  );
}
