import type { CallResult, ClaimedCall, HeldCall, OfferCallsParams, OfferedCall, RecordCallParams } from '../dispatch';
import type { StoredNode } from '../stored-run';
import { encode, toStoredNode } from './rows';
import type { NodeRow } from './rows';

export interface HeldCallData {
  readonly runId: string;
  readonly node: string;
  readonly index: number;
  readonly token: number;
  readonly abort: 'cancel' | 'deadline' | null;
}

export interface ClaimedCallRow {
  readonly run_id: string;
  readonly node: string;
  readonly idx: number;
  readonly generation: number;
  readonly attempt: number;
  readonly workflow: string;
  readonly version: string | null;
  readonly flow: string;
  readonly shape: string;
  readonly queue: string;
  readonly needs: readonly string[];
  readonly failures: number;
  readonly first_started_at: number | null;
  readonly idempotency_key: string;
  readonly decisive_node: string | null;
  readonly decisive_idx: number | null;
  readonly token: number;
  readonly crashes: number;
  readonly trace: string | null;
  readonly input: unknown;
}

export interface OfferedCallRow {
  readonly node: string;
  readonly idx: number;
  readonly attempt: number;
  readonly generation: number;
  readonly queue: string;
  readonly offered_at: number;
  readonly worker: string | null;
  readonly claimed_at: number | null;
  readonly crashes: number;
  readonly has_result: boolean;
}

export interface ResultColumns {
  readonly outcome: CallResult['kind'];
  readonly value: unknown;
  readonly detail: unknown;
}

/** `node` is null when the run has no result. */
export type TakenCallRow = { readonly inbox: number } & (
  | ({
      readonly node: string;
      readonly idx: number;
      readonly attempt: number;
      readonly generation: number;
    } & ResultColumns)
  | { readonly node: null }
);

export function toHeldCall({ abort, ...call }: HeldCallData): HeldCall {
  return { ...call, abort: abort ?? undefined };
}

export function toOfferedCall(row: OfferedCallRow): OfferedCall {
  return {
    node: row.node,
    index: row.idx,
    attempt: row.attempt,
    generation: row.generation,
    queue: row.queue,
    offeredAt: row.offered_at,
    worker: row.worker ?? undefined,
    claimedAt: row.claimed_at ?? undefined,
    crashes: row.crashes,
    hasResult: row.has_result,
  };
}

/** Calls of one run share the records that any of them needs. */
export function toClaimedCalls(rows: readonly ClaimedCallRow[], nodes: readonly NodeRow[]): readonly ClaimedCall[] {
  const upstream = new Map<string, StoredNode[]>(rows.map((row) => [row.run_id, []]));
  for (const node of nodes) upstream.get(node.run_id)?.push(toStoredNode(node));
  return rows.map((row) => ({
    runId: row.run_id,
    node: row.node,
    index: row.idx,
    attempt: row.attempt,
    generation: row.generation,
    workflow: row.workflow,
    version: row.version ?? undefined,
    flow: row.flow,
    shape: row.shape,
    queue: row.queue,
    needs: row.needs,
    failures: row.failures,
    firstStartedAt: row.first_started_at ?? undefined,
    idempotencyKey: row.idempotency_key,
    decisive: row.decisive_node === null ? undefined : { node: row.decisive_node, index: row.decisive_idx ?? -1 },
    token: row.token,
    crashes: row.crashes,
    trace: row.trace ?? undefined,
    input: encode(row.input),
    upstream: upstream.get(row.run_id) ?? [],
  }));
}

/** What of a result is neither its kind nor a value of the user's. */
export function toCallResult({ outcome, value, detail }: ResultColumns): CallResult {
  const text = encode(value);
  const content = outcome === 'completed' ? { value: text } : outcome === 'failed' ? { error: text } : {};
  return { kind: outcome, ...content, ...(detail as object) } as CallResult;
}

/** $1 to $3: one element per run; $4 to $16: one per call. */
export function offerColumns(batch: readonly OfferCallsParams[]): readonly unknown[] {
  const calls = batch.flatMap(({ runId, calls: offers }) => offers.map((offer) => ({ ...offer, runId })));
  return [
    batch.map(({ runId }) => runId),
    batch.map(({ epoch }) => epoch),
    batch.map(({ generation }) => generation),
    calls.map(({ runId }) => runId),
    calls.map(({ node }) => node),
    calls.map(({ index }) => index),
    calls.map(({ attempt }) => attempt),
    calls.map(({ queue }) => queue),
    calls.map(({ shape }) => shape),
    calls.map(({ needs }) => JSON.stringify(needs)),
    calls.map(({ failures }) => failures),
    calls.map(({ firstStartedAt }) => firstStartedAt ?? null),
    calls.map(({ idempotencyKey }) => idempotencyKey),
    calls.map(({ decisive }) => decisive?.node ?? null),
    calls.map(({ decisive }) => decisive?.index ?? null),
    calls.map(({ trace }) => trace ?? null),
  ];
}

/** $1 to $9: one element per result. */
export function recordColumns(batch: readonly RecordCallParams[]): readonly unknown[] {
  return [
    batch.map(({ runId }) => runId),
    batch.map(({ node }) => node),
    batch.map(({ index }) => index),
    batch.map(({ generation }) => generation),
    batch.map(({ attempt }) => attempt),
    batch.map(({ token }) => token),
    batch.map(({ result }) => result.kind),
    batch.map(({ result }) => valueOf(result)),
    batch.map(({ result }) => JSON.stringify(detailOf(result))),
  ];
}

function valueOf(result: CallResult): string | null {
  if (result.kind === 'completed') return result.value;
  return result.kind === 'failed' ? result.error : null;
}

function detailOf(result: CallResult): object {
  const { kind, ...rest } = result;
  if (kind === 'completed') return { ...rest, value: undefined };
  return kind === 'failed' ? { ...rest, error: undefined } : rest;
}
