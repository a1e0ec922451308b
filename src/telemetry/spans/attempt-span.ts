import { context, trace } from '@opentelemetry/api';
import type { Attributes, Context, Span, SpanKind, Tracer } from '@opentelemetry/api';
import type { AttemptEnd, AttemptFacts, AttemptObserver } from '../telemetry';
import { ATTRIBUTES, nodeAttributes } from './attributes';
import { failSpan } from './fail-span';
import { toTrace } from './trace-text';

export interface AttemptSpanParams {
  readonly tracer: Tracer;
  readonly parent: Context;
  readonly kind: SpanKind;
  readonly attempt: AttemptFacts;
  readonly run: Attributes;
}

/** The span of one attempt: active while its method runs, so that what that calls hangs below it. */
export class AttemptSpan implements AttemptObserver {
  readonly trace: string | undefined;
  readonly #span: Span;
  readonly #context: Context;

  constructor({ tracer, parent, kind, attempt, run }: AttemptSpanParams) {
    const attributes = { ...run, ...nodeAttributes(attempt), [ATTRIBUTES.attempt]: attempt.attempt };
    this.#span = tracer.startSpan(`attempt ${attempt.task}`, { kind, attributes }, parent);
    this.#context = trace.setSpan(parent, this.#span);
    this.trace = toTrace(this.#span.spanContext());
  }

  run<T>(body: () => T): T {
    return context.with(this.#context, body);
  }

  ended(end: AttemptEnd): void {
    const span = this.#span;
    span.setAttribute(ATTRIBUTES.outcome, end.outcome);
    if (end.outcome === 'waiting') span.setAttribute(ATTRIBUTES.wait, end.wait);
    if (end.outcome === 'failed' || end.outcome === 'timed-out') {
      span.setAttribute(ATTRIBUTES.isRetryable, end.isRetryable);
      failSpan(span, end.error);
    }
    span.end();
  }
}
