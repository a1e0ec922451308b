import { ArgumentError } from '../../core/errors/definition-error';
import type { CreatedRun, CreateRunParams } from '../create-run';
import { WITHOUT_CODEC } from '../payloads-token';
import type { RecordParams, RecordResult } from '../record';
import type { FinalRuns, Store } from '../store';
import type { ListRunsParams, RunPage, StoredRun } from '../stored-run';
import type { PollParams, PollResult } from '../worker-lease';
import type { PayloadCodec } from './payload-codec';
import { PayloadSeal } from './payload-seal';
import { sealDispatches } from './sealed-dispatches';
import { sealFeed, sealSignals, sealTransactions } from './sealed-parts';
import { openClaimed, openEnd, openRun, sealRecord } from './sealed-records';
import { SealedSchedules } from './sealed-schedules';
import { openConflict, sealChildren, sealHeldRuns, sealInput, sealReuses } from './sealed-runs';

/**
 * A store whose values are sealed by a payload codec on their way in, and opened on their way out. Everything else goes through, and so do
 * values that were written before there was a codec.
 */
export function sealStore(inner: Store, codec: PayloadCodec): Store {
  const seal = new PayloadSeal(codec);
  return {
    ...passedOn(inner),
    get listening() {
      return inner.listening;
    },
    createRun: (params) => createRun(inner, seal, params),
    poll: (params) => poll(inner, seal, params),
    // Nothing is awaited before: records of one run keep their order.
    record: (params) => record(inner, seal, params),
    findRun: async (params) => openOne(seal, await inner.findRun(params)),
    findFinal: async (params) => openEnds(seal, await inner.findFinal(params)),
    listRuns: (params) => listRuns(inner, seal, params),
    dispatches: sealDispatches(inner.dispatches, seal),
    reuses: sealReuses(inner.reuses, seal),
    held: sealHeldRuns(inner.held, seal),
    signals: sealSignals(inner.signals, seal),
    children: sealChildren(inner.children, seal),
    schedules: new SealedSchedules(inner.schedules, seal),
    feed: sealFeed(inner.feed, seal),
    ...(inner.transactions === undefined ? {} : { transactions: sealTransactions(inner.transactions, seal) }),
  };
}

/** What holds no values. */
type PassedOn = Pick<
  Store,
  | ('kind' | 'subscribe' | 'open' | 'close' | 'registerWorker' | 'deregisterWorker')
  | ('leaseSlots' | 'returnSlots' | 'findContests' | 'findSlots' | 'graphs' | 'queues' | 'requestCancel' | 'retryRun')
  | ('listWorkers' | 'countBefore' | 'deleteRuns' | 'beginCleanup')
>;

function passedOn(inner: Store): PassedOn {
  return {
    kind: inner.kind,
    subscribe: (listener) => inner.subscribe(listener),
    open: () => inner.open(),
    close: () => inner.close(),
    registerWorker: (params) => inner.registerWorker(params),
    deregisterWorker: (params) => inner.deregisterWorker(params),
    leaseSlots: (params) => inner.leaseSlots(params),
    returnSlots: (params) => inner.returnSlots(params),
    findContests: (params) => inner.findContests(params),
    findSlots: (params) => inner.findSlots(params),
    graphs: inner.graphs,
    queues: inner.queues,
    requestCancel: (params) => inner.requestCancel(params),
    retryRun: (params) => inner.retryRun(params),
    listWorkers: (params) => inner.listWorkers(params),
    countBefore: (params) => inner.countBefore(params),
    deleteRuns: (params) => inner.deleteRuns(params),
    beginCleanup: (params) => inner.beginCleanup(params),
  };
}

async function createRun(inner: Store, seal: PayloadSeal, params: CreateRunParams): Promise<CreatedRun> {
  const created = await inner.createRun(sealInput(seal, params));
  return created.kind === 'conflict' ? openConflict(seal, params, created) : created;
}

async function poll(inner: Store, seal: PayloadSeal, params: PollParams): Promise<PollResult> {
  const { claim } = params;
  // What workers without a codec could not open, this one may.
  const known = claim?.fingerprints.filter((token) => token !== WITHOUT_CODEC) ?? [];
  const result = await inner.poll({
    ...params,
    claim: claim && { ...claim, fingerprints: [...known, seal.token] },
  });
  if (result.kind === 'dead' || result.claimed.length === 0) return result;
  return { ...result, claimed: result.claimed.map((run) => openClaimed(seal, run)) };
}

async function record(inner: Store, seal: PayloadSeal, params: RecordParams): Promise<RecordResult> {
  return inner.record(sealRecord(seal, params));
}

function openOne(seal: PayloadSeal, run: StoredRun | undefined): StoredRun | undefined {
  return run && openRun(seal.opening(), run);
}

function openEnds(seal: PayloadSeal, { final, unknown }: FinalRuns): FinalRuns {
  return { final: final.map((run) => ({ ...run, ...openEnd(seal.opening(), run) })), unknown };
}

async function listRuns(inner: Store, seal: PayloadSeal, params: ListRunsParams): Promise<RunPage> {
  if (params.text !== undefined) {
    throw new ArgumentError(
      'list.text looks into the messages of errors, which are sealed where there is a payload codec; filter by status, flow or tags',
    );
  }
  const { items, hasMore } = await inner.listRuns(params);
  return { items: items.map((run) => openRun(seal.opening(), run)), hasMore };
}
