import { isUuid } from '../../core/ids';
import type { FindSignalsParams, FoundSignals, SendSignalParams, SentSignal, Signals } from '../signals';
import type { HintSender } from '../store-hint';
import { encode } from './rows';
import { findSignalsSql, sendSignalSql } from './sql/signals';

/** Sends a statement, again when its answer was lost. @param onRepeat called before it may take effect a second time */
export type SignalSender = <Row>(
  doing: string,
  sql: string,
  values: readonly unknown[],
  onRepeat?: () => void,
) => Promise<readonly Row[]>;

interface SentRow {
  readonly status: string;
  readonly owner: string | null;
  readonly queue: string;
  readonly is_new: boolean;
}

interface FoundRow {
  readonly inbox: number;
  readonly id: string | null;
  readonly name: string;
  readonly payload: unknown;
}

/** Signals, in table `signal`. */
export class SignalTable implements Signals {
  readonly #send: SignalSender;
  readonly #tell: HintSender;
  readonly #sql: { readonly send: string; readonly find: string; readonly state: string };

  /** @param s the quoted schema */
  constructor(s: string, send: SignalSender, tell: HintSender) {
    this.#send = send;
    this.#tell = tell;
    this.#sql = {
      send: sendSignalSql(s),
      find: findSignalsSql(s),
      state: `SELECT EXISTS (SELECT FROM ${s}.signal WHERE run_id = run.id AND id = $2::uuid) AS is_kept FROM ${s}.run WHERE id = $1::uuid`,
    };
  }

  async send({ runId, id, name, payload, key }: SendSignalParams): Promise<SentSignal> {
    if (!isUuid(runId)) return { kind: 'unknown' };
    let isRepeated = false;
    const values = [runId, id, name, key ?? null, payload];
    const onRepeat = (): void => void (isRepeated = true);
    const [sent] = await this.#send<SentRow>('sending a signal', this.#sql.send, values, onRepeat);
    if (sent === undefined) return this.#notKept(runId, id);
    if (sent.owner !== null) this.#tell.attention(sent.owner);
    if (sent.status === 'WAITING') this.#tell.work(sent.queue);
    // Sent again because its answer was lost, it finds itself; with a key, perhaps another one.
    const isNew = sent.is_new || (isRepeated && (await this.#isKept(runId, id)) === true);
    return { kind: 'kept', isNew };
  }

  /** The run is over or unknown. The first try, whose answer was lost, may have come before its end. */
  async #notKept(runId: string, id: string): Promise<SentSignal> {
    const isKept = await this.#isKept(runId, id);
    if (isKept === true) return { kind: 'kept', isNew: true };
    return { kind: isKept === undefined ? 'unknown' : 'final' };
  }

  async #isKept(runId: string, id: string): Promise<boolean | undefined> {
    const [row] = await this.#send<{ is_kept: boolean }>('sending a signal', this.#sql.state, [runId, id]);
    return row?.is_kept;
  }

  async find({ runId, names }: FindSignalsParams): Promise<FoundSignals> {
    const rows = await this.#send<FoundRow>('reading signals', this.#sql.find, [
      runId,
      names.map(({ name }) => name),
      names.map(({ limit }) => limit),
    ]);
    const signals = rows.flatMap(({ id, name, payload }) =>
      id === null ? [] : [{ id, name, payload: encode(payload) }],
    );
    return { inbox: rows[0]?.inbox ?? 0, signals };
  }
}
