import { SpanStatusCode } from '@opentelemetry/api';
import type { Span } from '@opentelemetry/api';
import { toErrorRecord } from '../../core/errors/error-record';
import { ATTRIBUTES } from './attributes';

/** Longer messages are cut: what is to be read in full is in the run's record. */
const MAX_MESSAGE_LENGTH = 1_000;

/** Marks a span as failed by an error, which becomes an event of it: as it is recorded with the run, without what looks secret. */
export function failSpan(span: Span, error: unknown): void {
  const { name, message, stack } = toErrorRecord(error);
  const text = cut(message);
  span.recordException({ name, message: text, ...(stack !== undefined && { stack }) });
  markFailed(span, { name, message: text });
}

export function markFailed(span: Span, { name, message }: { readonly name: string; readonly message: string }): void {
  span.setAttribute(ATTRIBUTES.errorType, name);
  span.setStatus({ code: SpanStatusCode.ERROR, message: cut(`${name}: ${message}`) });
}

function cut(text: string): string {
  return text.length > MAX_MESSAGE_LENGTH ? `${text.slice(0, MAX_MESSAGE_LENGTH)}…` : text;
}
