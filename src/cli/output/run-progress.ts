import type { EventView, RunDetailView } from '../../application/views';
import { nodeName, tookOf } from './run-lines';
import { statusPiece } from './status-style';
import { styled } from './terminal';
import type { Line } from './terminal';

/** How a node stands, as far as its events tell. */
interface NodeState {
  status: string;
  attempt: number;
  startedAt?: string | undefined;
  finishedAt?: string | undefined;
  note?: string | undefined;
  /** Of a mapped one: elements that are over, of how many. */
  elements?: number | undefined;
  readonly done: Set<number>;
}

/** A run on a terminal: a line for each node, in the order of the graph, which changes as events come in. */
export class RunProgress {
  readonly #nodes = new Map<string, NodeState>();
  readonly #title: string;
  #status: string;

  constructor(run: RunDetailView) {
    this.#title = `${run.workflow}.${run.flow ?? '?'} ${run.id}`;
    this.#status = run.status;
    // Elements of a map have no line of their own: a thousand of them fit no screen.
    for (const { task, index, status, attempt, startedAt, finishedAt } of run.nodes) {
      if (index === undefined) this.#nodes.set(task, { status, attempt, startedAt, finishedAt, done: new Set() });
    }
  }

  get status(): string {
    return this.#status;
  }

  apply(event: EventView): void {
    if (event.type === 'run') this.#status = text(event['status']) ?? this.#status;
    const task = text(event['task']);
    if (task === undefined) return;
    const node = this.#nodes.get(task) ?? { status: 'PENDING', attempt: 0, done: new Set<number>() };
    this.#nodes.set(task, node);
    if (event.type === 'node') applyNode(node, event);
    if (event.type === 'progress') {
      const note = text(event['note']);
      node.note = `${Math.round(Number(event['fraction']) * 100)} %${note === undefined ? '' : ` ${note}`}`;
    }
  }

  /** As many as there are nodes, or the last `height` of them that are not over. */
  lines(height: number): Line[] {
    const all = [...this.#nodes];
    const most = Math.max(1, height - 2);
    const open = all.filter(([, { status }]) => status !== 'COMPLETED' && status !== 'SKIPPED');
    const shown = all.length <= most ? all : open.slice(0, most);
    const width = Math.max(0, ...shown.map(([task]) => task.length));
    const head: Line = [styled('bold', this.#title), ' ', statusPiece(this.#status)];
    const more = all.length === shown.length ? [] : [styled('dim', `… ${all.length - shown.length} more nodes`)];
    return [head, ...shown.map(([task, node]) => nodeLine(task.padEnd(width), node)), ...more];
  }
}

/** An event on a line of its own, where lines cannot be drawn anew. */
export function eventLine(event: EventView): Line {
  const at = text(event['at']) ?? text(event['finishedAt']) ?? text(event['startedAt']);
  const time = /T(\d\d:\d\d:\d\d)/.exec(at ?? '')?.[1]?.concat(' ') ?? '';
  const name = nodeName({ task: text(event['task']) ?? '', index: number(event['index']) });
  if (event.type === 'log') {
    const level = text(event['level']) ?? '';
    const style = level === 'error' ? 'red' : level === 'warn' ? 'yellow' : 'dim';
    return [styled('dim', time), `${name} `, styled(style, level), ` ${text(event['message']) ?? ''}`];
  }
  if (event.type === 'progress') {
    return [
      styled('dim', time),
      `${name} ${Math.round(Number(event['fraction']) * 100)} % ${text(event['note']) ?? ''}`,
    ];
  }
  const status = text(event['status']) ?? '';
  const error = messageOf(event);
  const why = error === undefined ? '' : ` ${error}`;
  if (event.type === 'run') return [styled('dim', time), 'the run is ', statusPiece(status), why];
  const attempt = number(event['attempt']) ?? 0;
  return [styled('dim', time), `${name} `, statusPiece(status), attempt > 1 ? ` attempt ${attempt}` : '', why];
}

function applyNode(node: NodeState, event: EventView): void {
  const index = number(event['index']);
  const status = text(event['status']) ?? '';
  if (index !== undefined) {
    if (['COMPLETED', 'FAILED', 'SKIPPED', 'CANCELLED'].includes(status)) node.done.add(index);
    else node.done.delete(index);
    if (node.status === 'PENDING') node.status = 'RUNNING';
    return;
  }
  node.status = status;
  node.attempt = number(event['attempt']) ?? node.attempt;
  node.startedAt = text(event['startedAt']);
  node.finishedAt = text(event['finishedAt']);
  node.elements = number(event['elements']) ?? node.elements;
  node.note = messageOf(event);
}

function nodeLine(name: string, node: NodeState): Line {
  const mark =
    { COMPLETED: '✓', FAILED: '✗', RUNNING: '▸', WAITING: '◷', SKIPPED: '–', CANCELLED: '–' }[node.status] ?? '·';
  const took =
    node.startedAt === undefined || node.finishedAt === undefined
      ? ''
      : ` ${tookOf(Date.parse(node.finishedAt) - Date.parse(node.startedAt))}`;
  const elements =
    node.done.size === 0 ? '' : ` ${node.done.size}${node.elements === undefined ? '' : `/${node.elements}`}`;
  const attempt = node.attempt > 1 ? ` attempt ${node.attempt}` : '';
  const note = node.note === undefined ? '' : ` ${node.note}`;
  return ['  ', statusPiece(node.status, mark), ` ${name}`, styled('dim', `${elements}${attempt}${took}${note}`)];
}

function messageOf(event: EventView): string | undefined {
  return text(Object(event['error']).message) ?? text(Object(event['reason']).sentence);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
