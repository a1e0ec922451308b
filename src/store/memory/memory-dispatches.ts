import { isFinalRunStatus } from '../../core/statuses';
import type {
  AbortCallsParams,
  CallAddress,
  CallOffer,
  CallResult,
  ClaimCallsParams,
  ClaimedCall,
  Dispatches,
  OfferCallsParams,
  OfferedAttempt,
  OfferedCall,
  PollCallsParams,
  PolledCalls,
  RecordCallParams,
  TakenCalls,
} from '../dispatch';
import type { HintSender } from '../store-hint';
import type { StoredNode } from '../stored-run';
import { claimRank, toStoredNodes } from './memory-run';
import type { MemoryRun, MemoryTables } from './memory-run';

/** A call as the memory store keeps it, changed in place. */
export interface MemoryCall {
  readonly run: MemoryRun;
  readonly offer: CallOffer;
  readonly generation: number;
  readonly rank: number;
  readonly offeredAt: number;
  token: number;
  worker: string | undefined;
  claimedAt: number | undefined;
  abort: 'cancel' | 'deadline' | undefined;
  result: CallResult | undefined;
}

type Address = Pick<CallAddress, 'node' | 'index'>;

/** Calls that run on another worker of this process than their run's owner. No worker dies without the process: nothing is ever charged. */
export class MemoryDispatches implements Dispatches {
  readonly #tables: MemoryTables;
  readonly #tell: HintSender;

  constructor(tables: MemoryTables, tell: HintSender) {
    this.#tables = tables;
    this.#tell = tell;
  }

  async offer({ runId, epoch, generation, calls }: OfferCallsParams): Promise<'offered' | 'lost'> {
    const run = this.#owned(runId, epoch);
    if (run === undefined || run.generation !== generation) return 'lost';
    for (const offer of calls) this.#offerOne(run, offer);
    for (const queue of new Set(calls.map((call) => call.queue))) this.#tell.work(queue);
    return 'offered';
  }

  #offerOne(run: MemoryRun, offer: CallOffer): void {
    const known = run.calls.get(keyOf(offer));
    const isNewer = known === undefined || run.generation > known.generation || offer.attempt > known.offer.attempt;
    if (!isNewer) return;
    run.calls.set(keyOf(offer), {
      run,
      offer,
      generation: run.generation,
      rank: claimRank(this.#tables.now(), run.priority),
      offeredAt: this.#tables.now(),
      token: known === undefined ? 0 : known.token + 1,
      worker: undefined,
      claimedAt: undefined,
      abort: undefined,
      result: undefined,
    });
    this.#tables.called.add(run);
  }

  async poll({ workerId, claim }: PollCallsParams): Promise<PolledCalls> {
    if (!this.#tables.owned.has(workerId)) return { held: [], claimed: [] };
    const live = [...this.#live()];
    const held = live.filter(({ worker }) => worker === workerId).map(toHeld);
    const claimed = claim === undefined ? [] : claimable(live, claim);
    for (const call of claimed) {
      call.worker = workerId;
      call.claimedAt = this.#tables.now();
      call.token += 1;
    }
    return { held, claimed: toClaimed(claimed) };
  }

  async record({ runId, generation, attempt, token, result, ...at }: RecordCallParams): Promise<'recorded' | 'lost'> {
    const run = this.#tables.runs.get(runId);
    const call = run?.calls.get(keyOf(at));
    if (run === undefined || call === undefined || isFinalRunStatus(run.status)) return 'lost';
    const isMine = call.generation === generation && call.offer.attempt === attempt && call.token === token;
    if (!isMine || run.generation !== generation || call.worker === undefined) return 'lost';
    if (call.result !== undefined) return call.result.kind === result.kind ? 'recorded' : 'lost';
    call.result = result;
    run.inbox += 1;
    if (run.status === 'WAITING') {
      run.wakeAt = this.#tables.now();
      run.claimRank = claimRank(run.wakeAt, run.priority);
    }
    if (run.owner === undefined) this.#tell.work(run.queue);
    else this.#tell.attention(run.owner);
    return 'recorded';
  }

  async release({ calls }: Parameters<Dispatches['release']>[0]): Promise<void> {
    for (const { runId, token, ...at } of calls) {
      const call = this.#tables.runs.get(runId)?.calls.get(keyOf(at));
      if (call?.token === token) this.#free(call);
    }
  }

  async list({ runId }: { readonly runId: string }): Promise<readonly OfferedCall[]> {
    const calls = [...(this.#tables.runs.get(runId)?.calls.values() ?? [])];
    return calls.map(({ offer, generation, offeredAt, worker, claimedAt, result }) => ({
      node: offer.node,
      index: offer.index,
      attempt: offer.attempt,
      generation,
      queue: offer.queue,
      offeredAt,
      worker,
      claimedAt,
      crashes: 0,
      hasResult: result !== undefined,
    }));
  }

  async take({ runId, limit }: { readonly runId: string; readonly limit: number }): Promise<TakenCalls> {
    const run = this.#tables.runs.get(runId);
    const ended = [...(run?.calls.values() ?? [])].flatMap(({ offer, generation, result }) =>
      result === undefined
        ? []
        : [{ node: offer.node, index: offer.index, attempt: offer.attempt, generation, result }],
    );
    return { inbox: run?.inbox ?? 0, ended: ended.slice(0, limit) };
  }

  async abort({ runId, epoch, calls, cause }: AbortCallsParams): Promise<readonly CallAddress[]> {
    const run = this.#owned(runId, epoch);
    const withdrawn: CallAddress[] = [];
    for (const address of run === undefined ? [] : calls) {
      const call = run?.calls.get(keyOf(address));
      if (call === undefined || call.offer.attempt !== address.attempt || call.result !== undefined) continue;
      if (call.worker !== undefined) {
        call.abort = cause;
        this.#tell.attention(call.worker);
      } else {
        run?.calls.delete(keyOf(address));
        withdrawn.push({ runId, node: address.node, index: address.index });
      }
    }
    return withdrawn;
  }

  async remove(params: {
    readonly runId: string;
    readonly epoch: number;
    readonly calls: readonly OfferedAttempt[];
  }): Promise<void> {
    const run = this.#tables.runs.get(params.runId);
    if (run?.epoch !== params.epoch) return;
    for (const address of params.calls) {
      const call = run.calls.get(keyOf(address));
      const isIt = call?.offer.attempt === address.attempt && call.generation === address.generation;
      if (isIt) run.calls.delete(keyOf(address));
    }
  }

  /** A worker says goodbye. */
  releaseAll(workerId: string): void {
    for (const call of this.#live()) if (call.worker === workerId) this.#free(call);
  }

  /** Calls without a result, of runs that are not over. */
  *#live(): Generator<MemoryCall> {
    for (const run of this.#tables.called) {
      if (isFinalRunStatus(run.status) || run.calls.size === 0) this.#tables.called.delete(run);
      else {
        for (const call of run.calls.values()) {
          if (call.result === undefined && call.generation === run.generation) yield call;
        }
      }
    }
  }

  #free(call: MemoryCall): void {
    if (call.worker === undefined || call.result !== undefined) return;
    call.worker = undefined;
    call.claimedAt = undefined;
    call.token += 1;
    this.#tell.work(call.offer.queue);
  }

  #owned(runId: string, epoch: number): MemoryRun | undefined {
    const run = this.#tables.runs.get(runId);
    return run?.status === 'RUNNING' && run.epoch === epoch ? run : undefined;
  }
}

function keyOf({ node, index }: Address): string {
  return index === -1 ? node : `${node}#${index}`;
}

function claimable(live: readonly MemoryCall[], claim: ClaimCallsParams): readonly MemoryCall[] {
  return live
    .filter(({ worker, abort, offer, run }) => {
      const isFree = worker === undefined && abort === undefined && claim.queues.includes(offer.queue);
      return isFree && claim.code.some((code) => isCodeOf(code, offer, run));
    })
    .sort((a, b) => a.rank - b.rank)
    .slice(0, claim.limit);
}

function isCodeOf(code: ClaimCallsParams['code'][number], offer: CallOffer, run: MemoryRun): boolean {
  const isSame =
    code.node === offer.node && code.shape === offer.shape && code.workflow === run.workflow && code.flow === run.flow;
  return isSame && (run.version === undefined || (code.version ?? run.version) === run.version);
}

function toHeld({ run, offer, token, abort }: MemoryCall) {
  return { runId: run.id, node: offer.node, index: offer.index, token, abort };
}

function toClaimed(calls: readonly MemoryCall[]): readonly ClaimedCall[] {
  const upstream = new Map<MemoryRun, readonly StoredNode[]>();
  for (const { run } of calls) {
    const needs = new Set(calls.filter((call) => call.run === run).flatMap(({ offer }) => offer.needs));
    if (!upstream.has(run))
      upstream.set(
        run,
        toStoredNodes(run).filter(({ node }) => needs.has(node)),
      );
  }
  return calls.map(({ run, offer, generation, token }) => ({
    ...offer,
    runId: run.id,
    workflow: run.workflow,
    version: run.version,
    flow: run.flow,
    generation,
    input: run.input,
    trace: offer.trace ?? run.trace,
    token,
    crashes: 0,
    upstream: upstream.get(run) ?? [],
  }));
}
