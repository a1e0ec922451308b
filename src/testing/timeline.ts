import { formatDuration } from '../core/durations';
import { describeReason } from '../core/reasons';
import { isFinalNodeStatus } from '../core/statuses';
import type { AttemptRecord, NodeRecord, RunRecord } from '../runner/run-record';

/** One line of a timeline. */
interface Line {
  readonly at: Date | undefined;
  readonly node: string;
  readonly attempt: string;
  readonly text: string;
}

/**
 * A run as a table for people: each attempt of each node, when it began after the start of the run, and how it ended; at the end what was
 * never called. What `get` does not keep (an attempt that went well at once has no list) is told by the node's own times.
 */
export function timeline(run: RunRecord): string {
  const began = run.startedAt ?? run.createdAt;
  const lines = run.nodes.flatMap(linesOf);
  const called = lines.filter(({ at }) => at !== undefined).sort((a, b) => Number(a.at) - Number(b.at));
  const rows = [...called, ...lines.filter(({ at }) => at === undefined)].map(({ at, ...line }) => ({
    ...line,
    at: at === undefined ? '' : formatDuration(Math.max(0, Math.round(at.getTime() - began.getTime()))),
  }));
  const width = (column: 'at' | 'node' | 'attempt'): number => Math.max(0, ...rows.map((row) => row[column].length));
  const [atWidth, nodeWidth, attemptWidth] = [width('at'), width('node'), width('attempt')];
  const table = rows.map(
    ({ at, node, attempt, text }) =>
      `  ${at.padEnd(atWidth)}  ${node.padEnd(nodeWidth)}  ${attempt.padEnd(attemptWidth)}  ${text}`,
  );
  return [title(run), ...table].join('\n');
}

function title({ workflow, flow, status, error, startedAt, createdAt, finishedAt }: RunRecord): string {
  const began = startedAt ?? createdAt;
  const took = finishedAt === undefined ? '' : ` after ${formatDuration(finishedAt.getTime() - began.getTime())}`;
  const by = error?.task === undefined ? '' : ` by ${error.task}`;
  return `${workflow}.${flow} is ${status}${took}${error === undefined ? '' : `${by}: ${inWords(error)}`}`;
}

/** `pay`, or of an element `reserve[3]`. */
export function nameOf({ task, index = -1 }: { readonly task: string; readonly index?: number | undefined }): string {
  return index < 0 ? task : `${task}[${index}]`;
}

function linesOf(node: NodeRecord): Line[] {
  const name = nameOf(node);
  const attempts = node.attempts.map((attempt) => lineOf(node, name, attempt));
  const isTold = node.attempts.at(-1)?.attempt === node.attempt && isFinalNodeStatus(node.status);
  return isTold ? attempts : [...attempts, standing(node, name)];
}

function lineOf(node: NodeRecord, name: string, attempt: AttemptRecord): Line {
  const { startedAt: at, finishedAt, outcome, error, delayMs } = attempt;
  const took = ` in ${formatDuration(finishedAt.getTime() - at.getTime())}`;
  const again = delayMs === undefined ? '' : `; again after ${formatDuration(delayMs)}`;
  const why = error === undefined ? '' : `: ${inWords(error)}`;
  const isLast = attempt.attempt === node.attempt && outcome === 'completed';
  const text = isLast ? `${node.status}${took}` : `${outcome}${took}${why}${again}`;
  return { at, node: name, attempt: `#${attempt.attempt}`, text };
}

/** How a node stands that has no attempts to tell of, or that goes on after them. */
function standing(node: NodeRecord, name: string): Line {
  const { status, reason, wait, instances, startedAt, finishedAt, attempt, error, wakeAt } = node;
  const words: string[] = [status];
  if (finishedAt !== undefined && startedAt !== undefined && status !== 'SKIPPED') {
    words.push(`in ${formatDuration(Math.max(0, finishedAt.getTime() - startedAt.getTime()))}`);
  }
  if (instances !== undefined) words.push(`, ${instances.completed} of ${instances.total} elements COMPLETED`);
  if (wait !== undefined) words.push(`for ${wait.kind === 'signal' ? `signal "${wait.signal}"` : `a ${wait.kind}`}`);
  else if (status === 'WAITING' && wakeAt !== undefined) words.push('for its next attempt');
  if (reason !== undefined) words.push(`: ${describeReason(reason)}`);
  else if (status === 'FAILED' && error !== undefined) words.push(`: ${inWords(error)}`);
  const text = words.join(' ').replace(/ ([,:])/g, '$1');
  const isCalled = status !== 'SKIPPED' && startedAt !== undefined;
  return {
    at: isCalled ? startedAt : undefined,
    node: name,
    attempt: attempt > 0 && instances === undefined ? `#${attempt}` : '',
    text,
  };
}

function inWords({ name, message }: { readonly name: string; readonly message: string }): string {
  const [first = ''] = message.split('\n');
  return `${name}: ${first.length > 200 ? `${first.slice(0, 200)}…` : first}`;
}
