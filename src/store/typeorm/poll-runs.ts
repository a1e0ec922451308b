import type { OwnedRun, PollParams, PollResult } from '../worker-lease';
import type { Query } from './query';
import { toClaimedRun, toStoredNode } from './rows';
import type { ClaimedRow, NodeRow } from './rows';
import type { Statements } from './sql/statements';

interface Beat {
  readonly now: number;
  readonly recovered: number;
  readonly nextDueAt: number | null;
}

type PollRow =
  | { readonly kind: 'me'; readonly data: Beat }
  | { readonly kind: 'owned'; readonly data: Omit<OwnedRun, 'cancelReason'> & { readonly cancelReason: string | null } }
  | { readonly kind: 'claimed'; readonly data: ClaimedRow };

/**
 * One beat of a worker. Claims whose answer is lost with the connection show up as `owned` in the next one, and it is the
 * worker that gives back what it does not know.
 *
 * @param leaseMs `null` for a lease that never ends
 */
export async function pollRuns(
  query: Query,
  sql: Statements,
  { workerId, claim, skipsOwned = false }: PollParams,
  leaseMs: number | null,
): Promise<PollResult> {
  const queues = claim?.queues ?? [];
  const rows = await query<PollRow>(sql.poll, [
    workerId,
    leaseMs,
    queues,
    claim?.workflows ?? [],
    claim?.fingerprints ?? [],
    claim?.limit ?? 0,
    Math.min(claim?.byAge ?? 0, claim?.limit ?? 0),
    skipsOwned,
  ]);
  const me = rows.find((row) => row.kind === 'me')?.data;
  if (me === undefined) return { kind: 'dead' };

  const runs = rows.filter((row) => row.kind === 'claimed').map((row) => row.data);
  const nodes = await findNodes(query, sql, runs);
  return {
    kind: 'alive',
    now: me.now,
    claimed: runs.map((run) => toClaimedRun(run, (nodes.get(run.id) ?? []).map(toStoredNode))),
    owned: rows.filter((row) => row.kind === 'owned').map((row) => toOwned(row.data)),
    recovered: me.recovered,
    nextDueMs: me.nextDueAt === null ? undefined : Math.max(0, me.nextDueAt - me.now),
  };
}

function toOwned({ cancelReason, ...run }: Extract<PollRow, { kind: 'owned' }>['data']): OwnedRun {
  return { ...run, cancelReason: cancelReason ?? undefined };
}

/** Read in a statement of its own: a run may have been parked, with new records, after the claim's snapshot was taken. */
async function findNodes(query: Query, sql: Statements, runs: readonly ClaimedRow[]): Promise<Map<string, NodeRow[]>> {
  // In its first epoch a run has just been claimed for the first time.
  const begun = runs.filter((run) => run.epoch > 1).map((run) => run.id);
  const nodes = new Map<string, NodeRow[]>();
  if (begun.length === 0) return nodes;
  for (const node of await query<NodeRow>(sql.findNodes, [begun])) {
    const known = nodes.get(node.run_id);
    if (known === undefined) nodes.set(node.run_id, [node]);
    else known.push(node);
  }
  return nodes;
}
