import { context, ROOT_CONTEXT, SpanKind } from '@opentelemetry/api';
import type { Span, Tracer } from '@opentelemetry/api';
import type { StartEnd, StartFacts, StartObserver } from '../telemetry';
import { ATTRIBUTES, runAttributes } from './attributes';
import { failSpan } from './fail-span';
import { fromTrace, toTrace } from './trace-text';

/** The span of a start, below whatever is active where the run is started. What executes the run hangs below it. */
export class StartSpan implements StartObserver {
  readonly trace: string | undefined;
  readonly #span: Span;

  constructor(tracer: Tracer, start: StartFacts) {
    const { runId: id, workflow, flow, queue, schedule, from } = start;
    const source = fromTrace(from?.trace);
    const attributes = {
      ...runAttributes({ id, workflow, flow, queue }),
      ...(schedule !== undefined && { [ATTRIBUTES.schedule]: schedule }),
      ...(from !== undefined && { [ATTRIBUTES.forkedFrom]: from.runId }),
    };
    this.#span = tracer.startSpan(
      `start ${workflow}.${flow}`,
      { kind: SpanKind.PRODUCER, attributes, links: source === undefined ? [] : [{ context: source }] },
      // Nobody asked for a tick: each is a trace of its own.
      schedule === undefined ? context.active() : ROOT_CONTEXT,
    );
    this.trace = toTrace(this.#span.spanContext());
  }

  ended(how: StartEnd): void {
    // A span that never ends is never exported: it is not this process that started the run.
    if (how.outcome === 'elsewhere') return;
    this.#span.setAttribute(ATTRIBUTES.outcome, how.outcome);
    if (how.outcome === 'found') this.#span.setAttribute(ATTRIBUTES.runId, how.runId);
    if (how.outcome === 'failed') failSpan(this.#span, how.error);
    this.#span.end();
  }
}
