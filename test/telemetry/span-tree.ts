import { InMemorySpanExporter, SimpleSpanProcessor, BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { openTelemetry } from '../../src/telemetry';
import type { Telemetry } from '../../src/telemetry';

/** What a tree is made of: an ended span, wherever it was exported. */
export interface SeenSpan {
  /** The process, or what stands for one, that exported it. */
  readonly by: string;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string | undefined;
  /** Epoch ms. */
  readonly startedAt: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly isError: boolean;
}

/** A process of its own, as far as OpenTelemetry is concerned: its spans go nowhere else. */
export class TracedProcess {
  readonly name: string;
  readonly telemetry: Telemetry;
  readonly provider: BasicTracerProvider;
  readonly exporter = new InMemorySpanExporter();

  constructor(name: string) {
    this.name = name;
    this.provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(this.exporter)] });
    this.telemetry = openTelemetry({ tracerProvider: this.provider, metrics: false });
  }

  get spans(): readonly SeenSpan[] {
    return this.exporter.getFinishedSpans().map((span) => toSeen(this.name, span));
  }

  async close(): Promise<void> {
    await this.provider.shutdown();
  }
}

export function toSeen(by: string, span: ReadableSpan): SeenSpan {
  const { traceId, spanId } = span.spanContext();
  return {
    by,
    name: span.name,
    traceId,
    spanId,
    parentId: span.parentSpanContext?.spanId,
    startedAt: span.startTime[0] * 1_000 + span.startTime[1] / 1_000_000,
    attributes: span.attributes,
    isError: span.status.code === 2,
  };
}

/**
 * The one tree that these spans are, indented, children in the order in which they began.
 *
 * @throws when they are of several traces, a parent is missing, or there is more than one root
 */
export function treeOf(spans: readonly SeenSpan[]): string {
  const traces = new Set(spans.map(({ traceId }) => traceId));
  if (traces.size !== 1) throw new Error(`expected one trace, got ${traces.size}`);
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const orphans = spans.filter(({ parentId }) => parentId !== undefined && !ids.has(parentId));
  if (orphans.length > 0) throw new Error(`without their parents: ${orphans.map(({ name }) => name).join(', ')}`);
  const roots = spans.filter(({ parentId }) => parentId === undefined);
  if (roots.length !== 1) throw new Error(`expected one root, got ${roots.map(({ name }) => name).join(', ')}`);
  const lines: string[] = [];
  const show = (span: SeenSpan, depth: number): void => {
    lines.push(`${'  '.repeat(depth)}${describe(span)}`);
    const below = spans.filter(({ parentId }) => parentId === span.spanId).sort((a, b) => a.startedAt - b.startedAt);
    for (const child of below) show(child, depth + 1);
  };
  show(roots[0] as SeenSpan, 0);
  if (lines.length !== spans.length) throw new Error('some spans are not reached from the root');
  return lines.join('\n');
}

function describe({ by, name, attributes, isError }: SeenSpan): string {
  const { 'typeflow.outcome': outcome, 'typeflow.attempt': attempt, 'typeflow.task.index': index } = attributes;
  const parts = [
    name,
    ...(index === undefined ? [] : [`[${String(index)}]`]),
    ...(attempt === undefined ? [] : [`#${String(attempt)}`]),
    ...(outcome === undefined ? [] : [String(outcome)]),
    ...(isError ? ['(error)'] : []),
    `@${by}`,
  ];
  return parts.join(' ');
}
