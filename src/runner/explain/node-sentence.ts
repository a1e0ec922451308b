import type { NodeStatus } from '../../core/statuses';
import { describeInstant } from './instants';
import type {
  ConcurrencyFull,
  ExplainedAttempt,
  ExplainedNodeReason,
  ExplainedRunReason,
  OpenDependency,
  QueuedAttempt,
} from './reasons';
import { describeError, finalSentence, noWorker, runSentence, serve } from './run-sentence';
import type { InstanceCounts } from '../run-record';
import { waitInBrief, waitSentence } from './wait-reason';

/** How a node stands by its record. */
export interface StandingNode {
  readonly status: NodeStatus;
  readonly attempt: number;
  /** Its method returned a wait. */
  readonly isWait?: boolean | undefined;
}

/** A reason of a node as a sentence about it, without the full stop. @param node how it stands by its record */
export function nodeSentence(reason: ExplainedNodeReason, node: StandingNode, now: number): string {
  switch (reason.code) {
    case 'final':
      return node.status === reason.status ? finalSentence(reason, now) : `it never ran, and the run is over: ${finalSentence(reason, now)}`; // prettier-ignore
    case 'running':
      return running(reason, now);
    case 'starting': {
      const call =
        reason.interrupted === undefined ? 'call it' : `call it again, since attempt ${reason.interrupted} was cut off`;
      return `all that it depends on is over; worker "${reason.worker.label}" is about to ${call}, or has just done so`;
    }
    case 'queued':
      return `${queued(reason, reason.queue, now)}: ${serve(reason.workers)} it there, and none has taken it yet`;
    case 'result-waits': {
      const who = reason.worker === undefined ? 'another worker' : `worker "${reason.worker.label}"`;
      return `${who} has made ${describeAttempt(reason)}; the worker that executes the run records what came of it`;
    }
    case 'concurrency-full':
      return concurrencyFull(reason);
    case 'no-worker':
      if ('since' in reason) return `${queued(reason, reason.queue, now)}, and no worker serves it there: ${noWorker(reason)}`; // prettier-ignore
      return notExecuted(reason, node, now);
    case 'backing-off': {
      const error = reason.error === undefined ? '' : ` (${describeError(reason.error)})`;
      return `${describeAttempt(reason)} failed${error}; the next one is due at ${describeInstant(reason.until, now)}`;
    }
    case 'sleeping':
    case 'waits-for-signal':
    case 'waits-for-child':
      return `it ${waitSentence(reason, now)}`;
    case 'waits-for-dependency':
      return `it waits for ${dependencies(reason.on, now)}`;
    case 'waits-for-end':
      return `it undoes "${reason.task}" when all nodes are over, if the run does not go well`;
    case 'nothing-to-undo':
      return `there is nothing to undo: "${reason.task}" is ${reason.status}${reason.status === 'COMPLETED' ? ', but not by this run' : ''}`;
    case 'cancel-requested':
      return `${stopped(node)}, because the run is being cancelled: ${runSentence(reason, now)}`;
    default:
      return notExecuted(reason, node, now);
  }
}

function notExecuted(
  reason: Extract<ExplainedNodeReason, ExplainedRunReason>,
  node: StandingNode,
  now: number,
): string {
  return `${ready(node)}; the run is not executed: ${runSentence(reason, now)}`;
}

function queued(reason: QueuedAttempt, queue: string, now: number): string {
  const again = reason.isTakenOver ? ' again, since the worker that had it gave no sign of life' : '';
  return `${describeAttempt(reason)} was offered at ${describeInstant(reason.since, now)} and waits in queue "${queue}"${again}`;
}

function concurrencyFull({ key, limit, worker, held }: ConcurrencyFull): string {
  const total = held.reduce((sum, { slots }) => sum + slots, 0);
  const holders = held.map((one) => `${one.slots} by worker "${one.worker.label}"`).join(', ');
  const isHolder = held.some((one) => one.worker.id === worker.id);
  return (
    `it waits on worker "${worker.label}" for a slot of "${key}", of which ${total} of ${limit} are held` +
    `${total === 0 ? '' : `: ${holders}`}${isHolder ? '; or it has just got one of those' : ''}`
  );
}

function running(reason: Extract<ExplainedNodeReason, { readonly code: 'running' }>, now: number): string {
  const { worker, since, instances } = reason;
  const from = since === undefined ? '' : ` since ${describeInstant(since, now)}`;
  if (instances !== undefined) return `${describeInstances(instances)}; worker "${worker.label}" executes them${from}`;
  return `worker "${worker.label}" runs ${describeAttempt(reason)}${from}`;
}

function describeAttempt({ attempt, of }: ExplainedAttempt): string {
  return of === undefined ? `attempt ${attempt}` : `attempt ${attempt} of ${of}`;
}

function describeInstances({ total, completed, failed, skipped, cancelled }: InstanceCounts): string {
  return `${completed + failed + skipped + cancelled} of its ${total} elements ended`;
}

function dependencies(on: readonly OpenDependency[], now: number): string {
  const [only] = on;
  if (on.length === 1 && only !== undefined)
    return `"${only.task}", which ${only.wait ? '' : 'is '}${dependency(only, now)}`;
  const shown = on.map((one) => `"${one.task}" (${dependency(one, now)})`);
  return `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}

function dependency({ status, attempt, wait, since, until, instances }: OpenDependency, now: number): string {
  if (wait !== undefined) return waitInBrief(wait, now);
  const parts: string[] = [status];
  if (attempt !== undefined) parts.push(`${status === 'WAITING' ? 'after' : 'in'} ${describeAttempt(attempt)}`);
  if (instances !== undefined) parts.push(`with ${describeInstances(instances)}`);
  if (since !== undefined) parts.push(`since ${describeInstant(since, now)}`);
  if (until !== undefined) parts.push(`until ${describeInstant(until, now)}`);
  return parts.join(' ');
}

function stopped({ status, attempt }: StandingNode): string {
  if (status === 'RUNNING')
    return attempt === 0 ? 'its elements are told to stop' : `attempt ${attempt} is told to stop`;
  return status === 'WAITING' ? 'it is not tried again' : 'it does not start';
}

function ready({ status, attempt, isWait }: StandingNode): string {
  if (status === 'RUNNING' && attempt > 0) return `attempt ${attempt} was cut off`;
  if (status !== 'WAITING') return 'all that it depends on is over';
  return isWait === true ? 'its wait is over' : 'its next attempt is due';
}
