export { openTelemetry } from './open-telemetry';
export type { OpenTelemetryOptions } from './open-telemetry';
export { prometheusMetrics } from './metrics/prometheus-metrics';
export type { PrometheusMetrics, PrometheusOptions } from './metrics/prometheus-metrics';
export type {
  AttemptEnd,
  AttemptFacts,
  AttemptObserver,
  CallFacts,
  NodeEnd,
  QueueFigures,
  ReadQueues,
  RunFacts,
  RunObserver,
  StartEnd,
  StartFacts,
  StartObserver,
  StretchEnd,
  Telemetry,
} from './telemetry';
