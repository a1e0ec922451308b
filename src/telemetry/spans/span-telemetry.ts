import { isSpanContextValid, SpanKind, trace } from '@opentelemetry/api';
import type { Tracer } from '@opentelemetry/api';
import type { Telemetry } from '../telemetry';
import { AttemptSpan } from './attempt-span';
import { runAttributes } from './attributes';
import { RunSpans } from './run-spans';
import { StartSpan } from './start-span';
import { contextOf } from './trace-text';

/** The telemetry that makes spans of what it hears. */
export function spanTelemetry(tracer: Tracer): Telemetry {
  return {
    starting: (start) => new StartSpan(tracer, start),
    runBegun(run) {
      const spans = new RunSpans(tracer, run);
      return spans.isTraced ? spans : undefined;
    },
    callBegun: (call) => {
      const { runId: id, workflow, flow, queue } = call;
      const run = runAttributes({ id, workflow, flow, queue });
      return new AttemptSpan({ tracer, parent: contextOf(call.trace), kind: SpanKind.CONSUMER, attempt: call, run });
    },
    logFields: activeTrace,
  };
}

/** The active span, by the names that OpenTelemetry gives them in logs. */
function activeTrace(): Readonly<Record<string, unknown>> | undefined {
  const span = trace.getActiveSpan()?.spanContext();
  if (span === undefined || !isSpanContextValid(span)) return undefined;
  const { traceId, spanId, traceFlags } = span;
  return { trace_id: traceId, span_id: spanId, trace_flags: traceFlags.toString(16).padStart(2, '0') };
}
