import { isFinalRunStatus } from '../../core/statuses';
import type { HintEmitter } from '../hint-emitter';
import type { FindSignalsParams, FoundSignals, SendSignalParams, SentSignal, Signals } from '../signals';
import { claimRank } from './memory-run';
import type { MemoryTables } from './memory-run';

/** A signal as the memory store keeps it, with its run. */
export interface MemorySignal {
  readonly id: string;
  readonly name: string;
  readonly key: string | undefined;
  readonly payload: string;
  isTaken: boolean;
}

export class MemorySignals implements Signals {
  readonly #tables: MemoryTables;
  readonly #hints: HintEmitter;

  constructor(tables: MemoryTables, hints: HintEmitter) {
    this.#tables = tables;
    this.#hints = hints;
  }

  async send({ runId, id, name, payload, key }: SendSignalParams): Promise<SentSignal> {
    const run = this.#tables.runs.get(runId);
    if (run === undefined) return { kind: 'unknown' };
    if (isFinalRunStatus(run.status)) return { kind: 'final' };
    if (key !== undefined && run.signals.some((signal) => signal.name === name && signal.key === key)) {
      return { kind: 'kept', isNew: false };
    }
    run.signals.push({ id, name, key, payload, isTaken: false });
    run.inbox += 1;
    if (run.status === 'WAITING') {
      run.wakeAt = this.#tables.now();
      run.claimRank = claimRank(run.wakeAt, run.priority);
      this.#hints.work(run.queue);
    }
    if (run.owner !== undefined) this.#hints.attention(run.owner);
    return { kind: 'kept', isNew: true };
  }

  async find({ runId, names }: FindSignalsParams): Promise<FoundSignals> {
    const run = this.#tables.runs.get(runId);
    const open = run?.signals.filter(({ isTaken }) => !isTaken) ?? [];
    const signals = names.flatMap(({ name, limit }) => open.filter((signal) => signal.name === name).slice(0, limit));
    return { inbox: run?.inbox ?? 0, signals: signals.map(({ id, name, payload }) => ({ id, name, payload })) };
  }
}
