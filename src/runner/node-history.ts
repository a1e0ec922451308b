import type { RecordedAttempt } from '../core/attempts';
import type { ErrorRecord } from '../core/errors/error-record';
import type { FlowNode } from '../graph/workflow-graph';
import type { NodeWrite } from '../store/record';
import type { StoredNode } from '../store/stored-run';

/** Error messages in the list of attempts are cut to this many characters; the node keeps the whole error. */
const ATTEMPT_MESSAGE_LENGTH = 1_000;

/** The attempts of one node or instance, over all generations, and the record that is written of it. */
export class NodeHistory {
  readonly node: FlowNode;
  readonly index: number;
  readonly #generation: number;
  readonly #earlier: readonly RecordedAttempt[];
  /** Calls of earlier generations. */
  readonly earlierAttempts: number;
  /** The generation in which its COMPLETED record was last reset. */
  readonly resetIn: number | undefined;
  /** Calls known to have started, in this generation. */
  attempt: number;
  startedAt: number | undefined;
  #own: RecordedAttempt[] = [];

  constructor(node: FlowNode, index: number, generation: number, stored?: StoredNode) {
    this.node = node;
    this.index = index;
    this.#generation = generation;
    this.#earlier = stored?.attempts.filter((attempt) => attempt.generation < generation) ?? [];
    this.#own = stored?.attempts.filter((attempt) => attempt.generation === generation) ?? [];
    this.earlierAttempts = stored === undefined ? 0 : earlierAttemptsOf(stored, generation);
    this.resetIn = stored?.resetIn;
    this.attempt = stored === undefined ? 0 : stored.attempt - this.earlierAttempts;
    this.startedAt = stored?.generation === generation ? stored.startedAt : undefined;
  }

  started(attempt: number, now: number): void {
    // A call that left no trace of its end was cut off by a crash or a lost lease.
    if (attempt > 1 && this.#own.length < attempt - 1 && this.attempt === attempt - 1) {
      this.#own.push(this.#entry(this.attempt, 'lost', this.startedAt ?? now, now));
    }
    this.attempt = attempt;
    this.startedAt ??= now;
  }

  ended(outcome: RecordedAttempt['outcome'], startedAt: number, now: number, error?: ErrorRecord, overran = false): void {
    this.#own.push({
      ...this.#entry(this.attempt, outcome, startedAt, now),
      ...(error === undefined ? {} : { error: brief(error) }),
      ...(overran ? { overran: true } : {}),
    });
  }

  /** Notes the backoff that follows the last attempt. */
  backsOff(delayMs: number): void {
    const last = this.#own.pop();
    if (last !== undefined) this.#own.push({ ...last, delayMs });
  }

  /** When the last attempt ended, as far as known. */
  get finishedAt(): number | undefined {
    return this.#own.at(-1)?.finishedAt;
  }

  /** The parts of a record that come from the history. */
  toWrite(): Pick<NodeWrite, 'node' | 'index' | 'kind' | 'shape' | 'attempt' | 'attempts' | 'startedAt'> {
    const attempts = [...this.#earlier, ...this.#own];
    const [only] = attempts;
    const isPlain = attempts.length === 1 && only?.outcome === 'completed' && only.overran !== true;
    return {
      node: this.node.name,
      index: this.index,
      kind: this.node.kind,
      shape: this.node.shape,
      attempt: this.earlierAttempts + this.attempt,
      attempts: isPlain ? [] : attempts,
      startedAt: this.startedAt,
    };
  }

  #entry(attempt: number, outcome: RecordedAttempt['outcome'], startedAt: number, finishedAt: number): RecordedAttempt {
    return { attempt: this.earlierAttempts + attempt, outcome, generation: this.#generation, startedAt, finishedAt };
  }
}

/** A record of an earlier generation counts all its calls as earlier; one of this generation says by its list which were. */
function earlierAttemptsOf(stored: StoredNode, generation: number): number {
  if (stored.generation < generation || stored.status === 'PENDING') return stored.attempt;
  const numbers = stored.attempts.filter((attempt) => attempt.generation < generation).map(({ attempt }) => attempt);
  return Math.max(0, ...numbers);
}

function brief({ name, message, code }: ErrorRecord): NonNullable<RecordedAttempt['error']> {
  const cut = message.length > ATTEMPT_MESSAGE_LENGTH ? `${message.slice(0, ATTEMPT_MESSAGE_LENGTH)}…` : message;
  return { name, message: cut, ...(code === undefined ? {} : { code }) };
}
