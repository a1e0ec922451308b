import { isFinalNodeStatus } from '../../core/statuses';
import type { NodeWrite, RecordParams, RecordResult } from '../record';
import { jsonColumn, plainColumn, textColumn } from './array-literal';
import type { Query } from './query';
import type { Statements } from './sql/statements';

/** Of a run whose record did not go as it nearly always does: lost, cancelled, refused, or with a moved inbox. */
interface RecordRow {
  readonly run_id: string;
  /** The run was not ours to write. */
  readonly lost: boolean;
  readonly inbox: number;
  readonly cancelled: boolean;
  readonly cancel_reason: string | null;
  readonly applied: boolean;
}

interface StateRow {
  readonly id: string;
  readonly epoch: number;
  readonly status: string;
  readonly inbox: number;
  readonly cancelled: boolean;
  readonly cancel_reason: string | null;
}

/** Writes records of different runs in one statement. `again`: an earlier try's answer was lost. */
export async function writeRecords(
  query: Query,
  sql: Statements,
  batch: readonly RecordParams[],
  again: boolean,
): Promise<readonly RecordResult[]> {
  // One at a time: of a parent and its child in one statement, only one change of the same row would stand.
  const alone = batch.filter(({ family }) => family !== undefined);
  if (alone.length > 0 && batch.length > 1) return writeApart(query, sql, batch, again);
  const rows = await send(query, sql, batch, batch.map(flowWithinRun));
  if (rows.length === 0) return batch.map(asUsual);
  const answers = new Map(rows.map((row) => [row.run_id, row]));
  const lost = batch.filter((params) => answers.get(params.runId)?.lost === true);
  // The earlier try may have ended or parked the run, which then looks as if it were lost.
  const written = again && lost.length > 0 ? await readBack(query, sql, lost) : new Map<string, RecordResult>();
  const unfinished = batch.filter((params) => answers.get(params.runId)?.applied === false);
  await writeFlows(query, sql, unfinished);
  return batch.map((params) => {
    const row = answers.get(params.runId);
    if (row === undefined) return asUsual(params);
    return row.lost ? (written.get(params.runId) ?? { kind: 'lost' }) : toRecorded(row, row.applied);
  });
}

/** Records of which some concern other runs as well. */
async function writeApart(
  query: Query,
  sql: Statements,
  batch: readonly RecordParams[],
  again: boolean,
): Promise<readonly RecordResult[]> {
  const results = new Map<RecordParams, RecordResult>();
  const plain = batch.filter(({ family }) => family === undefined);
  const groups = [plain, ...batch.filter((params) => !plain.includes(params)).map((params) => [params])];
  for (const group of groups) {
    if (group.length === 0) continue;
    const answers = await writeRecords(query, sql, group, again);
    group.forEach((params, i) => results.set(params, answers[i] as RecordResult));
  }
  return batch.map((params) => results.get(params) as RecordResult);
}

/** @param flows for each record the write that the run's own row stands for */
function send(
  query: Query,
  sql: Statements,
  batch: readonly RecordParams[],
  flows: readonly (NodeWrite | undefined)[],
): Promise<readonly RecordRow[]> {
  const [only, another] = batch;
  if (only !== undefined && another === undefined && flows[0] === undefined && isOneNode(only)) {
    return query<RecordRow>(sql.recordOne, oneNode(only));
  }
  const flowStarts = plainColumn(flows.map((flow) => flow?.startedAt));
  const changesRuns = batch.some(({ run, hasCrashes }) => run !== undefined || hasCrashes !== false);
  const values = [...runColumns(batch), ...nodeColumns(batch, flows), flowStarts];
  const taken = takenSignals(batch);
  const { family } = batch[0] ?? {};
  if (family !== undefined) {
    const others = [...(taken ?? ['{}', '{}']), family.parent ?? null, family.mayHaveChildren];
    return query<RecordRow>(sql.recordFamily, [...values, ...others]);
  }
  if (taken !== undefined) return query<RecordRow>(sql.recordTaking, [...values, ...taken]);
  return query<RecordRow>(changesRuns ? sql.record : sql.recordNodes, values);
}

function isOneNode({ run, hasCrashes, nodes }: RecordParams): boolean {
  const [node] = nodes;
  const isPlain = nodes.length === 1 && node?.wakeDelayMs === undefined && node?.signalId === undefined;
  return isPlain && run === undefined && hasCrashes === false;
}

/** Runs and ids of the signals that nodes are completed with. */
function takenSignals(batch: readonly RecordParams[]): readonly [string | null, string | null] | undefined {
  const taken = batch.flatMap(({ runId, nodes }) =>
    nodes.flatMap(({ signalId }) => (signalId === undefined ? [] : [{ runId, signalId }])),
  );
  if (taken.length === 0) return undefined;
  return [plainColumn(taken.map(({ runId }) => runId)), plainColumn(taken.map(({ signalId }) => signalId))];
}

/** One column of the statement is both: a WAITING node has no reason, and no other a wait. */
function reasonOrWait({ status, reason, wait }: NodeWrite): string | undefined {
  const value = status === 'WAITING' ? wait : reason;
  return value && JSON.stringify(value);
}

/** $1 to $17 of the statement for one node. */
function oneNode({ runId, epoch, inbox, generation, nodes }: RecordParams): readonly unknown[] {
  return [runId, epoch, inbox, ...nodeValues(nodes[0] as NodeWrite, generation)];
}

/** $4 to $17 of the statements that write one node. */
export function nodeValues(node: NodeWrite, generation: number): readonly unknown[] {
  return [
    node.node,
    node.index,
    node.kind,
    node.shape,
    node.status,
    generation,
    node.attempt,
    node.attempts.length === 0 ? null : JSON.stringify(node.attempts),
    node.output ?? null,
    node.error ?? null,
    reasonOrWait(node) ?? null,
    node.elements ?? null,
    node.startedAt ?? null,
    node.finishedAt ?? null,
  ];
}

/**
 * The record of the flow, where the run's row can stand for it: it went well at once, in the write that ends the run COMPLETED, and
 * nothing is known of it that the row does not hold.
 */
function flowWithinRun({ nodes, run }: RecordParams): NodeWrite | undefined {
  if (run?.kind !== 'finish' || run.status !== 'COMPLETED') return undefined;
  return nodes.find(
    (node) =>
      node.kind === 'flow' &&
      node.isFirst === true &&
      node.status === 'COMPLETED' &&
      node.attempt === 1 &&
      node.attempts.length === 0 &&
      node.startedAt !== undefined &&
      node.output === run.output,
  );
}

/** A run that was cancelled before it could end COMPLETED: its flow needs a row of its own after all. */
async function writeFlows(query: Query, sql: Statements, unfinished: readonly RecordParams[]): Promise<void> {
  const batch = unfinished.flatMap((params) => {
    const flow = flowWithinRun(params);
    return flow === undefined ? [] : [{ ...params, nodes: [flow], run: undefined }];
  });
  if (batch.length > 0) await send(query, sql, batch, []);
}

function asUsual({ inbox }: RecordParams): RecordResult {
  return { kind: 'recorded', applied: true, inbox, isCancelRequested: false };
}

async function readBack(
  query: Query,
  sql: Statements,
  lost: readonly RecordParams[],
): Promise<Map<string, RecordResult>> {
  const rows = await query<StateRow>(sql.readBack, [lost.map((params) => params.runId)]);
  const states = new Map(rows.map((row) => [row.id, row]));
  const written = new Map<string, RecordResult>();
  for (const params of lost) {
    const state = states.get(params.runId);
    // Whoever takes a run over raises its epoch: with ours, this status can only be our own doing.
    if (state === undefined || state.epoch !== params.epoch || state.status !== statusAfter(params)) continue;
    written.set(params.runId, toRecorded(state, true));
  }
  return written;
}

function toRecorded(row: Pick<StateRow, 'inbox' | 'cancelled' | 'cancel_reason'>, applied: boolean): RecordResult {
  const cancelReason = row.cancel_reason ?? undefined;
  return { kind: 'recorded', applied, inbox: row.inbox, isCancelRequested: row.cancelled, cancelReason };
}

function statusAfter({ run }: RecordParams): string | undefined {
  if (run?.kind === 'finish') return run.status;
  if (run?.kind === 'park') return 'WAITING';
  return run === undefined ? undefined : run.refusedBy === undefined ? 'PENDING' : 'WAITING';
}

/** $1 to $12 of the statement: one array per column, one element per run. */
function runColumns(batch: readonly RecordParams[]): readonly unknown[] {
  const finish = batch.map(({ run }) => (run?.kind === 'finish' ? run : undefined));
  return [
    plainColumn(batch.map((params) => params.runId)),
    plainColumn(batch.map((params) => params.epoch)),
    plainColumn(batch.map((params) => params.inbox)),
    plainColumn(batch.map(({ run }) => run?.kind)),
    plainColumn(finish.map((run) => run?.status)),
    jsonColumn(finish.map((run) => run?.output)),
    textColumn(finish.map((run) => run?.error)),
    textColumn(finish.map((run) => run?.errors)),
    plainColumn(finish.map((run) => run?.acknowledgesCancel)),
    plainColumn(batch.map(({ run }) => (run?.kind === 'park' ? run.wakeDelayMs : undefined))),
    textColumn(batch.map(({ run }) => (run?.kind === 'release' ? run.refusedBy : undefined))),
    plainColumn(batch.map((params) => params.nodes.some(isProgress))),
  ];
}

/** $13 to $28: one array per column, one element per node. */
function nodeColumns(batch: readonly RecordParams[], flows: readonly (NodeWrite | undefined)[]): readonly unknown[] {
  const owners: RecordParams[] = [];
  const nodes: NodeWrite[] = [];
  // By index: iterators cost an object for each step until the loop is compiled.
  for (let i = 0; i < batch.length; i++) {
    const params = batch[i] as RecordParams;
    for (const node of params.nodes) {
      if (node === flows[i]) continue;
      owners.push(params);
      nodes.push(node);
    }
  }
  return [
    plainColumn(owners.map((params) => params.runId)),
    textColumn(nodes.map((node) => node.node)),
    plainColumn(nodes.map((node) => node.index)),
    plainColumn(nodes.map((node) => node.kind)),
    textColumn(nodes.map((node) => node.shape)),
    plainColumn(nodes.map((node) => node.status)),
    plainColumn(owners.map((params) => params.generation)),
    plainColumn(nodes.map((node) => node.attempt)),
    textColumn(nodes.map((node) => (node.attempts.length === 0 ? undefined : JSON.stringify(node.attempts)))),
    jsonColumn(nodes.map((node) => node.output)),
    textColumn(nodes.map((node) => node.error)),
    textColumn(nodes.map(reasonOrWait)),
    plainColumn(nodes.map((node) => node.elements)),
    plainColumn(nodes.map((node) => node.startedAt)),
    plainColumn(nodes.map((node) => node.finishedAt)),
    plainColumn(nodes.map((node) => node.wakeDelayMs)),
  ];
}

/** A report that a node is RUNNING does not clear a run of its crashes: the next crash may be that very node's. */
function isProgress(node: NodeWrite): boolean {
  return isFinalNodeStatus(node.status) || node.status === 'WAITING';
}

/** What a record costs on the wire, roughly. */
export function sizeOfRecord(params: RecordParams): { readonly rows: number; readonly bytes: number } {
  const finish = params.run?.kind === 'finish' ? params.run : undefined;
  let bytes = (finish?.output?.length ?? 0) + (finish?.error?.length ?? 0) + (finish?.errors?.length ?? 0);
  for (const node of params.nodes) bytes += 200 + (node.output?.length ?? 0) + (node.error?.length ?? 0);
  return { rows: params.nodes.length + 1, bytes };
}
