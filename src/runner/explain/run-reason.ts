import { isFinalRunStatus } from '../../core/statuses';
import type { FinalRunStatus } from '../../core/statuses';
import { isHeld } from '../../store/held-runs';
import { isPayloadsToken } from '../../store/payloads-token';
import type { StoredNode, StoredRun } from '../../store/stored-run';
import type { CodeRefusal } from '../change/code-refusal';
import { nameOf, noWorkerFor, serving } from './fleet';
import type { Fleet } from './fleet';
import { errorOf, toDate } from './recorded-call';
import type { ExplainedRunReason } from './reasons';
import { waitReason } from './wait-reason';

/**
 * @param before how many runs a claim would take before this one
 * @param refusals what is known of the code that refused it
 */
export function runReason(
  run: StoredRun,
  fleet: Fleet,
  before: number,
  refusals: readonly CodeRefusal[] = [],
): ExplainedRunReason {
  if (isFinalRunStatus(run.status)) return finalReason(run, run.status);
  if (run.status === 'RUNNING') return ownedReason(run, fleet);
  if (isHeld(run)) return { code: 'held', isOpen: run.flow === '' };
  const isDue = run.wakeAt !== undefined && run.wakeAt <= fleet.now;
  return isDue ? claimableReason(run, fleet, before, refusals) : sleepingReason(run, fleet.now);
}

function finalReason(run: StoredRun, status: FinalRunStatus): ExplainedRunReason {
  const error = errorOf(run.error);
  return {
    code: 'final',
    status,
    at: toDate(run.finishedAt),
    task: error?.task,
    error: error && { name: error.name, message: error.message },
    because: status === 'CANCELLED' ? run.cancelReason : undefined,
  };
}

function ownedReason(run: StoredRun, fleet: Fleet): ExplainedRunReason {
  const owner = fleet.workers.find(({ id }) => id === run.owner);
  if (owner?.isAlive !== true) {
    return {
      code: 'owner-silent',
      worker: owner && nameOf(owner),
      since: toDate(owner?.leaseUntil),
      heirs: serving(fleet, run.queue, run.workflow).length,
    };
  }
  if (run.isCancelRequested) return { code: 'cancel-requested', worker: nameOf(owner), because: run.cancelReason };
  return { code: 'running', worker: nameOf(owner), since: toDate(run.startedAt) };
}

function sleepingReason(run: StoredRun, now: number): ExplainedRunReason {
  const { status, wakeAt } = run;
  if (wakeAt !== undefined && status === 'PENDING') return { code: 'not-due', at: new Date(wakeAt) };
  const next = nextToGoOn(run);
  const wait = waitReason(next, now);
  if (next !== undefined && wait !== undefined) {
    return {
      code: 'waiting',
      task: next.node,
      index: next.index < 0 ? undefined : next.index,
      wait,
      until: wait.until,
    };
  }
  if (wakeAt === undefined || next === undefined) {
    const calls = run.calls?.filter((call) => call.generation === run.generation && !call.hasResult).length;
    return { code: 'parked', until: toDate(wakeAt), calls };
  }
  const index = next.index < 0 ? undefined : next.index;
  return { code: 'backing-off', task: next.node, index, until: new Date(wakeAt) };
}

/** The node that is tried again, or whose wait is over, first; those whose wait may last for ever come last. */
function nextToGoOn({ nodes }: StoredRun): StoredNode | undefined {
  const waiting = nodes.filter(({ status, wakeAt, wait }) => status === 'WAITING' && (wakeAt ?? wait) !== undefined);
  return waiting.sort((a, b) => (a.wakeAt ?? Infinity) - (b.wakeAt ?? Infinity) || a.seq - b.seq)[0];
}

/** A due run that nobody owns: what a claim would look at, in the order of what has to be mended first. */
function claimableReason(
  run: StoredRun,
  fleet: Fleet,
  before: number,
  refusals: readonly CodeRefusal[],
): ExplainedRunReason {
  const { queue, workflow, isCancelRequested, cancelReason, refused } = run;
  const nobody = noWorkerFor(fleet, queue, workflow);
  if (nobody !== undefined) return nobody;
  if (isCancelRequested) return { code: 'cancel-requested', worker: undefined, because: cancelReason };
  const isOverdue = run.deadlineAt !== undefined && run.deadlineAt <= fleet.now;
  if (refused.length > 0 && !isOverdue) {
    if (refused.every(isPayloadsToken)) return { code: 'sealed', refusals: refused.length };
    return { code: 'code-changed', refusals: refused.length, version: run.version, because: refusals };
  }
  return { code: 'waiting-for-claim', workers: serving(fleet, queue, workflow).length, before };
}
