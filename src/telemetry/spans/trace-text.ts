import { createTraceState, isSpanContextValid, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import type { Context, SpanContext } from '@opentelemetry/api';
import { MAX_TRACE_LENGTH } from '../telemetry';

const TRACE = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?: (.+))?$/;

/** A place in a trace as text: W3C `traceparent`, and `tracestate` behind a space where there is one. `undefined` where nothing is traced. */
export function toTrace(span: SpanContext): string | undefined {
  if (!isSpanContextValid(span)) return undefined;
  const flags = span.traceFlags.toString(16).padStart(2, '0');
  const parent = `00-${span.traceId}-${span.spanId}-${flags}`;
  const state = span.traceState?.serialize() ?? '';
  // Without its state a trace still holds together.
  return state === '' || parent.length + 1 + state.length > MAX_TRACE_LENGTH ? parent : `${parent} ${state}`;
}

/** The place that a text stands for; `undefined` for any other text. */
export function fromTrace(text: string | undefined): SpanContext | undefined {
  const match = TRACE.exec(text ?? '');
  if (match === null) return undefined;
  const [, traceId = '', spanId = '', flags = '', state] = match;
  const span: SpanContext = {
    traceId,
    spanId,
    traceFlags: parseInt(flags, 16),
    isRemote: true,
    ...(state !== undefined && { traceState: createTraceState(state) }),
  };
  return isSpanContextValid(span) ? span : undefined;
}

/** The context of a text; the root where it stands for none. */
export function contextOf(text: string | undefined): Context {
  const span = fromTrace(text);
  return span === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, span);
}
