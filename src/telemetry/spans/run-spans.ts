import { isSpanContextValid, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Attributes, Context, Span, Tracer } from '@opentelemetry/api';
import type { AttemptFacts, NodeEnd, RunFacts, RunObserver, StretchEnd } from '../telemetry';
import { AttemptSpan } from './attempt-span';
import { ATTRIBUTES, nodeAttributes, runAttributes } from './attributes';
import { markFailed } from './fail-span';
import { contextOf, toTrace } from './trace-text';

type NodeFacts = Pick<AttemptFacts, 'task' | 'kind' | 'index'>;

/**
 * The spans of one stretch of a run: one for the stretch, below whoever started the run; below it one for each node that is worked on, and
 * below that its attempts. No span outlives the stretch, because the process may not: a node that goes on in another one has a span there, too.
 */
export class RunSpans implements RunObserver {
  readonly #tracer: Tracer;
  readonly #run: Attributes;
  readonly #span: Span;
  readonly #context: Context;
  readonly #begunAt = Date.now();
  /** Of nodes that are worked on and not over. */
  readonly #nodes = new Map<string, { readonly span: Span; readonly context: Context }>();

  constructor(tracer: Tracer, run: RunFacts) {
    this.#tracer = tracer;
    this.#run = runAttributes(run);
    const { version, parentId } = run;
    const attributes = {
      ...this.#run,
      ...(version !== undefined && { [ATTRIBUTES.version]: version }),
      ...(parentId !== undefined && { [ATTRIBUTES.parentId]: parentId }),
      [ATTRIBUTES.generation]: run.generation,
      [ATTRIBUTES.epoch]: run.epoch,
    };
    const parent = contextOf(run.trace);
    const options = { kind: SpanKind.CONSUMER, attributes };
    this.#span = tracer.startSpan(`run ${run.workflow}.${run.flow}`, options, parent);
    this.#context = trace.setSpan(parent, this.#span);
  }

  /** Without an SDK in this process, and in the one that started the run, there is no trace that spans could be part of. */
  get isTraced(): boolean {
    return isSpanContextValid(this.#span.spanContext());
  }

  attempt(attempt: AttemptFacts): AttemptSpan {
    const parent = this.#nodeOf(attempt).context;
    return new AttemptSpan({ tracer: this.#tracer, parent, kind: SpanKind.INTERNAL, attempt, run: this.#run });
  }

  offered(attempt: AttemptFacts): string | undefined {
    return toTrace(this.#nodeOf(attempt).span.spanContext());
  }

  nodeEnded(node: NodeEnd): void {
    const key = keyOf(node);
    const isOpen = this.#nodes.has(key);
    if (!isOpen && (node.status === 'SKIPPED' || node.status === 'CANCELLED')) {
      this.#neverCalled(node);
      return;
    }
    // A wait that ended, a call that was made elsewhere, a map as a whole: there was no attempt in this stretch.
    const { span } = isOpen ? this.#nodeOf(node) : this.#startNode(node, this.#startOf(node));
    this.#nodes.delete(key);
    span.setAttribute(ATTRIBUTES.outcome, node.status.toLowerCase());
    if (node.reason !== undefined) span.setAttribute(ATTRIBUTES.reason, node.reason);
    if (node.status === 'FAILED') span.setStatus({ code: SpanStatusCode.ERROR });
    span.end();
  }

  ended(end: StretchEnd): void {
    const rest = end.outcome === 'over' ? 'dropped' : end.outcome;
    for (const { span } of this.#nodes.values()) {
      span.setAttribute(ATTRIBUTES.outcome, rest);
      span.end();
    }
    this.#nodes.clear();
    this.#span.setAttribute(ATTRIBUTES.outcome, end.outcome === 'over' ? end.status.toLowerCase() : end.outcome);
    if (end.outcome === 'over' && end.status === 'FAILED') {
      markFailed(this.#span, end.error ?? { name: 'Error', message: 'it left no error' });
    }
    this.#span.end();
  }

  #nodeOf(node: NodeFacts): { readonly span: Span; readonly context: Context } {
    const key = keyOf(node);
    let known = this.#nodes.get(key);
    if (known === undefined) this.#nodes.set(key, (known = this.#startNode(node)));
    return known;
  }

  #startNode(node: NodeFacts, startTime?: number): { readonly span: Span; readonly context: Context } {
    const attributes = { ...this.#run, ...nodeAttributes(node) };
    const options = { kind: SpanKind.INTERNAL, attributes, ...(startTime !== undefined && { startTime }) };
    const span = this.#tracer.startSpan(`${node.kind} ${node.task}`, options, this.#context);
    return { span, context: trace.setSpan(this.#context, span) };
  }

  /** Within the stretch, whatever the difference between this clock and the store's. */
  #startOf({ startedAt = this.#begunAt }: NodeEnd): number {
    return Math.min(Math.max(this.#begunAt, startedAt), Date.now());
  }

  /** Elements of a map that never ran are told of by their number only, in the record of the run. */
  #neverCalled({ task, index, status, reason }: NodeEnd): void {
    if (index >= 0) return;
    const why = reason === undefined ? {} : { [ATTRIBUTES.reason]: reason };
    this.#span.addEvent(`node ${status.toLowerCase()}`, { [ATTRIBUTES.task]: task, ...why });
  }
}

function keyOf({ task, index }: NodeFacts): string {
  return `${task} ${index}`;
}
