import { RunNotFoundError } from '../core/errors/run-errors';
import type { Store } from '../store/store';
import type { StoredRun } from '../store/stored-run';
import { toRunRecord } from './run-record';
import type { RunRecord } from './run-record';

/** A run and the runs that its tasks asked for, oldest first. */
export interface RunTree {
  /** Without its nodes. */
  readonly run: RunRecord;
  readonly children: readonly RunTree[];
}

const PAGE = 1_000;

/** One query for each level, and for each thousand runs of it. @throws RunNotFoundError */
export async function runTree(store: Store, runId: string): Promise<RunTree> {
  const root = await store.findRun({ runId });
  if (root === undefined) throw new RunNotFoundError(runId);
  const childrenOf = new Map<string, StoredRun[]>();
  let level: readonly string[] = [root.id];
  while (level.length > 0) {
    const runs = await childrenIn(store, level);
    for (const run of runs) {
      const siblings = childrenOf.get(run.parentId ?? '');
      if (siblings === undefined) childrenOf.set(run.parentId ?? '', [run]);
      else siblings.push(run);
    }
    level = runs.map(({ id }) => id);
  }
  const toTree = (run: StoredRun): RunTree => ({
    run: toRunRecord({ ...run, nodes: [] }),
    children: (childrenOf.get(run.id) ?? []).reverse().map(toTree),
  });
  return toTree(root);
}

async function childrenIn(store: Store, parentIds: readonly string[]): Promise<readonly StoredRun[]> {
  const found: StoredRun[] = [];
  for (;;) {
    const last = found.at(-1);
    const after = last && { createdAt: last.createdAt, id: last.id };
    const { items, hasMore } = await store.listRuns({ parentIds, limit: PAGE, after });
    found.push(...items);
    if (!hasMore) return found;
  }
}
