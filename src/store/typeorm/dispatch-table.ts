import type { Clock } from '../../core/clock';
import { isUuid } from '../../core/ids';
import type {
  AbortCallsParams,
  CallAddress,
  Dispatches,
  OfferCallsParams,
  OfferedCall,
  PollCallsParams,
  PolledCalls,
  RecordCallParams,
  TakenCalls,
} from '../dispatch';
import type { HintSender } from '../store-hint';
import { classifyDatabaseError, toStoreError } from './database-errors';
import { offerColumns, recordColumns, toCallResult, toClaimedCalls, toHeldCall, toOfferedCall } from './dispatch-rows';
import type { ClaimedCallRow, HeldCallData, OfferedCallRow, TakenCallRow } from './dispatch-rows';
import { GroupCommit } from './group-commit';
import type { Query } from './query';
import type { NodeRow } from './rows';
import type { DispatchStatements } from './sql/dispatch-statements';

/** Sends a statement, again after conflicts, and tells failures as errors of ours. */
export type Send = <Row>(doing: string, sql: string, values: readonly unknown[]) => Promise<readonly Row[]>;

interface AddressRow {
  readonly run_id: string;
  readonly node: string;
  readonly idx: number;
}

interface FreedRow {
  readonly queue: string;
}

interface AbortedRow {
  readonly node: string;
  readonly idx: number;
  /** Absent when nobody had it: it is withdrawn. */
  readonly worker: string | null;
}

/** `owner` is the run's; without one, `queue` is where the run waits. */
interface RecordedRow extends AddressRow {
  readonly owner: string | null;
  readonly queue: string | null;
}

export interface DispatchTableParams {
  readonly clock: Clock;
  readonly query: Query;
  readonly send: Send;
  /** Not again after a lost connection, and within the time of a poll: the next poll asks anew. */
  readonly sendOnce: Send;
  readonly tell: HintSender;
}

type PollRow =
  { readonly kind: 'held'; readonly data: HeldCallData } | { readonly kind: 'claimed'; readonly data: ClaimedCallRow };

/** Calls that run on another worker than their run's owner, in table `dispatch`. */
export class DispatchTable implements Dispatches {
  readonly #sql: DispatchStatements;
  readonly #send: Send;
  readonly #sendOnce: Send;
  readonly #tell: HintSender;
  readonly #offers: GroupCommit<OfferCallsParams, 'offered' | 'lost'>;
  readonly #results: GroupCommit<RecordCallParams, 'recorded' | 'lost'>;

  constructor(sql: DispatchStatements, { clock, query, send, sendOnce, tell }: DispatchTableParams) {
    this.#sql = sql;
    this.#send = send;
    this.#sendOnce = sendOnce;
    this.#tell = tell;
    const shared = { clock, classify: classifyDatabaseError };
    this.#offers = new GroupCommit({
      ...shared,
      write: (batch) => writeOffers(query, sql, batch),
      keyOf: ({ runId }) => runId,
      sizeOf: ({ calls }) => ({ rows: calls.length, bytes: 300 * calls.length }),
      toError: (error) => toStoreError('offering calls', error),
    });
    this.#results = new GroupCommit<RecordCallParams, 'recorded' | 'lost'>({
      ...shared,
      write: (batch) => writeResults(query, sql, batch, tell),
      keyOf: keyOfCall,
      sizeOf: ({ result }) => ({ rows: 1, bytes: 500 + (result.kind === 'completed' ? result.value.length : 0) }),
      toError: (error) => toStoreError('recording the result of a call', error),
    });
  }

  close(reason: Error): void {
    this.#offers.close(reason);
    this.#results.close(reason);
  }

  async offer(params: OfferCallsParams): Promise<'offered' | 'lost'> {
    const answer = await this.#offers.submit(params);
    this.#tellWork(params.calls);
    return answer;
  }

  #tellWork(calls: readonly FreedRow[]): void {
    for (const queue of new Set(calls.map((call) => call.queue))) this.#tell.work(queue);
  }

  async poll({ workerId, claim }: PollCallsParams): Promise<PolledCalls> {
    const code = claim?.code ?? [];
    const rows = await this.#sendOnce<PollRow>('polling for calls', this.#sql.poll, [
      workerId,
      claim?.queues ?? [],
      code.map(({ workflow }) => workflow),
      code.map(({ flow }) => flow),
      code.map(({ node }) => node),
      code.map(({ shape }) => shape),
      claim?.limit ?? 0,
      claim?.suspectFrom ?? 0,
      claim?.takesSuspect === true ? 1 : 0,
      code.map(({ version }) => version ?? null),
    ]);
    const claimed = rows.flatMap((row) => (row.kind === 'claimed' ? [row.data] : []));
    return {
      held: rows.flatMap((row) => (row.kind === 'held' ? [toHeldCall(row.data)] : [])),
      claimed: toClaimedCalls(claimed, await this.#findUpstream(claimed)),
    };
  }

  /** In a statement of its own: a claim's snapshot may be older than the records that its call needs. */
  async #findUpstream(claimed: readonly ClaimedCallRow[]): Promise<readonly NodeRow[]> {
    const pairs = new Map<string, readonly [string, string]>();
    for (const { run_id, needs } of claimed) for (const node of needs) pairs.set(`${run_id} ${node}`, [run_id, node]);
    if (pairs.size === 0) return [];
    const wanted = [...pairs.values()];
    return this.#sendOnce<NodeRow>('reading what calls need', this.#sql.findUpstream, [
      wanted.map(([runId]) => runId),
      wanted.map(([, node]) => node),
    ]);
  }

  record(params: RecordCallParams): Promise<'recorded' | 'lost'> {
    return this.#results.submit(params);
  }

  async release({ calls }: Parameters<Dispatches['release']>[0]): Promise<void> {
    this.#tellWork(
      await this.#send<FreedRow>('giving calls back', this.#sql.release, [
        calls.map(({ runId }) => runId),
        calls.map(({ node }) => node),
        calls.map(({ index }) => index),
        calls.map(({ token }) => token),
      ]),
    );
  }

  async list({ runId }: { readonly runId: string }): Promise<readonly OfferedCall[]> {
    if (!isUuid(runId)) return [];
    return (await this.#send<OfferedCallRow>('listing calls', this.#sql.list, [runId])).map(toOfferedCall);
  }

  async take({ runId, limit }: { readonly runId: string; readonly limit: number }): Promise<TakenCalls> {
    const rows = await this.#send<TakenCallRow>('taking results of calls', this.#sql.take, [runId, limit]);
    const ended = rows.flatMap((row) =>
      row.node === null
        ? []
        : [
            {
              node: row.node,
              index: row.idx,
              attempt: row.attempt,
              generation: row.generation,
              result: toCallResult(row),
            },
          ],
    );
    return { inbox: rows[0]?.inbox ?? 0, ended };
  }

  async abort({ runId, epoch, calls, cause }: AbortCallsParams): Promise<readonly CallAddress[]> {
    const values = [runId, epoch, ...addressColumns(calls), cause];
    const rows = await this.#send<AbortedRow>('aborting calls', this.#sql.abort, values);
    for (const worker of new Set(rows.map((row) => row.worker))) if (worker !== null) this.#tell.attention(worker);
    return rows.flatMap(({ node, idx, worker }) => (worker === null ? [{ runId, node, index: idx }] : []));
  }

  async remove({ runId, epoch, calls }: Parameters<Dispatches['remove']>[0]): Promise<void> {
    await this.#send('removing calls', this.#sql.remove, [
      runId,
      epoch,
      ...addressColumns(calls),
      calls.map(({ generation }) => generation),
    ]);
  }

  /** A worker says goodbye. */
  async releaseAll(workerId: string): Promise<void> {
    this.#tellWork(await this.#send<FreedRow>('giving calls back', this.#sql.releaseAll, [workerId]));
  }

  async sweep(): Promise<void> {
    await this.#send('removing calls of runs that are over', this.#sql.sweep, []);
  }
}

function keyOfCall({ runId, node, index }: CallAddress): string {
  return `${runId} ${node} ${index}`;
}

function addressColumns(calls: AbortCallsParams['calls']): readonly unknown[] {
  return [calls.map(({ node }) => node), calls.map(({ index }) => index), calls.map(({ attempt }) => attempt)];
}

async function writeOffers(query: Query, sql: DispatchStatements, batch: readonly OfferCallsParams[]) {
  const rows = await query<{ readonly run_id: string }>(sql.offer, offerColumns(batch));
  const offered = new Set(rows.map((row) => row.run_id));
  return batch.map(({ runId }) => (offered.has(runId) ? 'offered' : 'lost'));
}

async function writeResults(
  query: Query,
  sql: DispatchStatements,
  batch: readonly RecordCallParams[],
  tell: HintSender,
) {
  const rows = await query<RecordedRow>(sql.record, recordColumns(batch));
  const recorded = new Set(rows.map(({ run_id: runId, node, idx }) => keyOfCall({ runId, node, index: idx })));
  for (const { owner, queue } of rows) {
    if (owner !== null) tell.attention(owner);
    else if (queue !== null) tell.work(queue);
  }
  return batch.map((params) => (recorded.has(keyOfCall(params)) ? 'recorded' : 'lost'));
}
