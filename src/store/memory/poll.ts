import type { ClaimParams, PollParams, PollResult } from '../worker-lease';
import { moveRun, toClaimedRun } from './memory-run';
import type { MemoryRun, MemoryTables } from './memory-run';

/** Leases never end here: there is one process, and what it forgets is gone with it. */
export function poll(tables: MemoryTables, { workerId, claim, skipsOwned = false }: PollParams): PollResult {
  const mine = tables.owned.get(workerId);
  if (mine === undefined) return { kind: 'dead' };
  const now = tables.now();
  const me = tables.workers.get(workerId);
  if (me !== undefined) me.seenAt = now;
  const owned = (skipsOwned ? [] : [...mine]).map(({ id, epoch, inbox, isCancelRequested, cancelReason }) => ({
    id,
    epoch,
    inbox,
    isCancelRequested,
    cancelReason,
  }));
  const claimed = claim === undefined ? [] : claimDue(tables, claim, now);
  for (const run of claimed) take(tables, run, workerId, now);
  return {
    kind: 'alive',
    now,
    claimed: claimed.map(toClaimedRun),
    owned,
    recovered: 0,
    nextDueMs: claim === undefined ? undefined : nextDue(tables, claim, now),
  };
}

function claimDue(tables: MemoryTables, claim: ClaimParams, now: number): readonly MemoryRun[] {
  const due: MemoryRun[] = [];
  for (const run of tables.claimable) {
    if (run.wakeAt !== undefined && run.wakeAt <= now && suits(run, claim) && !isRefused(run, claim, now))
      due.push(run);
  }
  const byAge = due.sort((a, b) => (a.wakeAt ?? 0) - (b.wakeAt ?? 0) || idOrder(a, b));
  const aged = byAge.splice(0, Math.min(claim.byAge ?? 0, claim.limit));
  const byRank = byAge.sort((a, b) => a.claimRank - b.claimRank || idOrder(a, b));
  const taken = [...aged, ...byRank.slice(0, claim.limit - aged.length)];
  return taken.sort((a, b) => a.claimRank - b.claimRank || idOrder(a, b));
}

function idOrder(a: MemoryRun, b: MemoryRun): number {
  return a.id < b.id ? -1 : 1;
}

function nextDue(tables: MemoryTables, claim: ClaimParams, now: number): number | undefined {
  let next = Infinity;
  for (const run of tables.claimable) {
    if (run.wakeAt !== undefined && run.wakeAt > now && run.wakeAt < next && suits(run, claim)) next = run.wakeAt;
  }
  return next === Infinity ? undefined : next - now;
}

function suits(run: MemoryRun, claim: ClaimParams): boolean {
  return claim.queues.includes(run.queue) && claim.workflows.includes(run.workflow);
}

/** A cancel or a passed deadline needs no code: anybody may carry it out. */
function isRefused(run: MemoryRun, claim: ClaimParams, now: number): boolean {
  if (run.isCancelRequested || (run.deadlineAt !== undefined && run.deadlineAt <= now)) return false;
  return run.refused.some((fingerprint) => claim.fingerprints.includes(fingerprint));
}

function take(tables: MemoryTables, run: MemoryRun, workerId: string, now: number): void {
  moveRun(tables, run, 'RUNNING', workerId);
  run.epoch += 1;
  run.wakeAt = undefined;
  run.startedAt ??= now;
}
