import type { FeedEntry, FeedLine, KeptLine, RunChanges, RunFeed } from '../run-feed';
import type { Signals } from '../signals';
import type { Completion, TaskTransaction, Transactions } from '../transactions';
import { childInputIn, linesOf, signalOf, SKIP_REASON } from './contexts';
import type { PayloadOpening, PayloadSeal } from './payload-seal';
import { sealCall } from './sealed-dispatches';
import { sealNode, withChildInput, withReason } from './sealed-records';

/** A signal that stays sealed is an error: whoever looks for it asks again. */
export function sealSignals(inner: Signals, seal: PayloadSeal): Signals {
  return {
    send: async (params) => inner.send({ ...params, payload: seal.value(params.payload, signalOf(params.runId)) }),
    find: async (params) => {
      const found = await inner.find(params);
      const opening = seal.opening();
      const signals = found.signals.map((signal) => ({
        ...signal,
        payload: opening.value(signal.payload, signalOf(params.runId)),
      }));
      opening.check();
      return { ...found, signals };
    },
  };
}

export function sealFeed(inner: RunFeed, seal: PayloadSeal): RunFeed {
  return {
    read: async (params) => (await inner.read(params)).map((changes) => openChanges(seal.opening(), changes)),
    keep: async ({ lines, limit }) => inner.keep({ lines: lines.map((line) => sealLine(seal, line)), limit }),
    lines: async (params) => {
      const opening = seal.opening();
      return (await inner.lines(params)).map((line) => openLine(opening, params.runId, line));
    },
  };
}

function sealLine(seal: PayloadSeal, line: KeptLine): KeptLine {
  const context = linesOf(line.runId);
  if (line.kind === 'line') {
    return { ...line, message: seal.text(line.message, context), fields: seal.value(line.fields, context) };
  }
  return line.note === undefined ? line : { ...line, note: seal.text(line.note, context) };
}

function openChanges(opening: PayloadOpening, changes: RunChanges): RunChanges {
  const { runId, run, entries } = changes;
  return {
    ...changes,
    run: run.error === undefined ? run : { ...run, error: opening.failure(run.error) },
    entries: entries.map((entry) => openEntry(opening, runId, entry)),
  };
}

function openEntry(opening: PayloadOpening, runId: string, entry: FeedEntry): FeedEntry {
  if (entry.kind === 'line') return openLine(opening, runId, entry);
  if (entry.kind === 'progress') {
    return entry.note === undefined ? entry : { ...entry, note: opening.text(entry.note, linesOf(runId)) };
  }
  const { error, reason, wait } = entry;
  return {
    ...entry,
    error: error === undefined ? undefined : opening.failure(error),
    reason: reason && withReason(reason, (text) => opening.text(text, SKIP_REASON)),
    wait: wait && withChildInput(wait, (input) => opening.value(input, childInputIn(runId))),
  };
}

function openLine(opening: PayloadOpening, runId: string, line: FeedLine): FeedLine {
  const context = linesOf(runId);
  return {
    ...line,
    message: opening.text(line.message, context),
    fields: opening.value(line.fields, context),
  };
}

export function sealTransactions(inner: Transactions, seal: PayloadSeal): Transactions {
  return {
    limit: inner.limit,
    begin: async (params) => sealTransaction(await inner.begin(params), seal),
  };
}

function sealTransaction(inner: TaskTransaction, seal: PayloadSeal): TaskTransaction {
  return {
    manager: inner.manager,
    run: (body) => inner.run(body),
    isTransient: (error) => inner.isTransient(error),
    complete: async (completion) => inner.complete(sealCompletion(seal, completion)),
    rollback: () => inner.rollback(),
    destroy: () => inner.destroy(),
  };
}

function sealCompletion(seal: PayloadSeal, completion: Completion): Completion {
  return completion.kind === 'node'
    ? { ...completion, node: sealNode(seal, completion.runId, completion.node) }
    : { ...completion, call: sealCall(seal, completion.call) };
}
