import { diffGraphs } from '../../graph/diff-graphs';
import { outlineOf } from '../../graph/flow-outline';
import type { FlowOutline } from '../../graph/flow-outline';
import type { GraphChange, GraphDiff } from '../../graph/graph-change';
import type { RunStatus } from '../../core/statuses';
import type { OutlinedRun } from '../../store/reuse';
import type { Store } from '../../store/store';
import { isHeld } from '../../store/held-runs';
import type { StoredRun } from '../../store/stored-run';
import { fromCursor, limitOf, toCursor } from '../list-runs';
import type { ListOptions } from '../list-runs';
import { toRefusal } from './code-refusal';
import type { CodeRefusal } from './code-refusal';
import { judge } from './compatibility';
import { findGraphs } from './stored-outlines';
import type { VersionedWorkflow } from './versioned-workflow';

/** An unfinished run that was begun by other code than is registered here. */
export interface AffectedRun {
  readonly id: string;
  readonly workflow: string;
  readonly version: string | undefined;
  readonly flow: string;
  readonly status: RunStatus;
  /** Whether it goes on with this code, as far as it has come by now, or waits for other code, a fork or its cancel. */
  readonly outcome: 'continues' | 'waits';
  /** Of one that waits. */
  readonly refusal: CodeRefusal | undefined;
  /** What is different in this code, where the graph is known with which it began. */
  readonly changes: readonly GraphChange[];
  readonly sentence: string;
}

export interface AffectedRuns {
  readonly items: readonly AffectedRun[];
  /** Where the next page begins; `undefined` after the last one. */
  readonly cursor: string | undefined;
}

const OPEN: readonly RunStatus[] = ['PENDING', 'RUNNING', 'WAITING'];
const PAGE = 200;

/** One page of the unfinished runs of a workflow that other code began, newest first. @throws ArgumentError */
export async function affectedRuns(
  store: Store,
  workflow: string,
  known: VersionedWorkflow,
  options: Pick<ListOptions, 'limit' | 'cursor'>,
): Promise<AffectedRuns> {
  const limit = limitOf(options.limit, 'affectedRuns');
  const items: AffectedRun[] = [];
  let after = options.cursor === undefined ? undefined : fromCursor(options.cursor);
  for (;;) {
    const page = await store.listRuns({ workflow, status: OPEN, limit: PAGE, after });
    const affected = page.items.filter((run) => !isHeld(run) && known.ownCode(run) === undefined);
    const wanted = affected.slice(0, limit - items.length);
    items.push(...(await describeAll(store, known, wanted)));
    const last = wanted.length < affected.length || items.length >= limit ? wanted.at(-1) : page.items.at(-1);
    const isLast = !page.hasMore && (last === undefined || last === page.items.at(-1));
    if (isLast) return { items, cursor: undefined };
    if (last !== undefined) after = last;
    if (items.length >= limit) return { items, cursor: last && toCursor(last) };
  }
}

async function describeAll(
  store: Store,
  known: VersionedWorkflow,
  runs: readonly StoredRun[],
): Promise<readonly AffectedRun[]> {
  if (runs.length === 0) return [];
  const outlines = await store.reuses.outline({ runIds: runs.map(({ id }) => id) });
  const byId = new Map(outlines.map((run) => [run.id, run]));
  const graphs = await findGraphs(
    store,
    runs.map(({ fingerprint }) => fingerprint),
  );
  // One that ended meanwhile, or is gone, is not affected any more.
  return runs.flatMap(({ id }) => {
    const run = byId.get(id);
    return run === undefined || !OPEN.includes(run.status) ? [] : [describe(known, run, graphs.get(run.fingerprint))];
  });
}

function describe(known: VersionedWorkflow, run: OutlinedRun, before: FlowOutline | undefined): AffectedRun {
  const judgement = judge(known, run, () => run.records);
  const { id, workflow, version, flow, status } = run;
  const diff = before && judgement.code && diffGraphs(before, outlineOf(judgement.code.flow));
  const common = { id, workflow, version, flow, status, changes: diff?.changes ?? [] };
  if (judgement.kind === 'compatible')
    return { ...common, outcome: 'continues', refusal: undefined, sentence: continues(diff) };
  const refusal = toRefusal(judgement.why, known.namedVersions, diff);
  return { ...common, outcome: 'waits', refusal, sentence: `it waits: ${refusal.sentence}` };
}

function continues(diff: GraphDiff | undefined): string {
  const what =
    diff === undefined || diff.changes.length === 0
      ? ''
      : `: ${diff.changes.map(({ sentence }) => sentence).join(', ')}`;
  return `it goes on, because nothing of it had begun that has changed${what}`;
}
