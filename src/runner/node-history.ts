import type { RecordedAttempt } from '../core/attempts';
import type { ErrorRecord } from '../core/errors/error-record';
import type { RecordedWait } from '../core/wait';
import { storableText } from '../core/storable-text';
import type { FlowNode } from '../graph/workflow-graph';
import type { NodeWrite } from '../store/record';
import type { StoredNode } from '../store/stored-run';

/** Error messages in the list of attempts are cut to this many characters; the node keeps the whole error. */
const ATTEMPT_MESSAGE_LENGTH = 1_000;

const NONE: readonly RecordedAttempt[] = [];

/** The attempts of one node or instance, over all generations, and the record that is written of it. */
export class NodeHistory {
  readonly node: FlowNode;
  readonly index: number;
  /** The generation in which its COMPLETED record was last reset. */
  readonly resetIn: number | undefined;
  /** Calls known to have started, over all generations. */
  attempt: number;
  startedAt: number | undefined;
  /** The value that the last attempt returned, or what it threw: until the planner says what becomes of it. */
  returned: string | undefined;
  thrown: { readonly error: unknown; readonly stackless?: ErrorRecord } | undefined;
  /** What its method asked to wait for, until that has come. */
  wait: RecordedWait | undefined;
  /** The signal that ended the wait. */
  signalId: string | undefined;
  /** The record of it that the store does not have yet. */
  change: NodeWrite | undefined;
  /** It is COMPLETED in the store: its task has committed that with its work. */
  isCommitted = false;
  /** The store has, or was sent, some record of it. */
  isStored: boolean;
  readonly #generation: number;
  /** Absent while there was at most one attempt, and it went well. Others may have it, too: see `#own`. */
  #attempts: readonly RecordedAttempt[] | undefined;
  /** The same, while nobody else has it. A node that is retried thousands of times must not be copied at every look. */
  #own: RecordedAttempt[] | undefined;
  #failures = 0;
  #plainEnd: { readonly startedAt: number; readonly finishedAt: number } | undefined;
  /** A call that has started and of whose end nothing is known yet. */
  #open: number | undefined;

  constructor(node: FlowNode, index: number, generation: number, stored?: StoredNode) {
    this.node = node;
    this.index = index;
    this.#generation = generation;
    if (stored !== undefined && stored.attempts.length > 0) this.#attempts = stored.attempts;
    if (this.#attempts !== undefined) this.#failures = failuresIn(this.#attempts, generation);
    this.resetIn = stored?.resetIn;
    this.isStored = stored !== undefined;
    this.wait = stored?.status === 'WAITING' ? stored.wait : undefined;
    this.attempt = stored?.attempt ?? 0;
    this.startedAt = stored?.status === 'PENDING' ? undefined : stored?.startedAt;
    this.#open = stored?.status === 'RUNNING' && stored.attempt > 0 ? stored.attempt : undefined;
  }

  /** How many attempts of this generation count against `retries`: a crash or a drained worker is not the task's fault. */
  get failures(): number {
    return this.#failures;
  }

  started(attempt: number, now: number): void {
    if (this.#open !== undefined && this.#open < attempt) this.lost(now);
    this.#open = attempt;
    this.attempt = attempt;
    this.startedAt ??= now;
  }

  /** A call that left no trace of its end was cut off by a crash or a lost lease. */
  lost(now: number): void {
    if (this.#open === undefined) return;
    this.#note(this.#entry(this.#open, 'lost', this.startedAt ?? now, now));
    this.#open = undefined;
  }

  ended(
    outcome: RecordedAttempt['outcome'],
    startedAt: number,
    now: number,
    error?: ErrorRecord,
    overran = false,
  ): void {
    this.#open = undefined;
    if (outcome === 'completed' && !overran && this.#attempts === undefined) {
      this.#plainEnd = { startedAt, finishedAt: now };
      return;
    }
    this.#note({
      ...this.#entry(this.attempt, outcome, startedAt, now),
      ...(error === undefined ? {} : { error: brief(error) }),
      ...(overran ? { overran: true } : {}),
    });
  }

  /** The list of attempts as it will be when the call under way completes. */
  attemptsWhenCompleted(startedAt: number, now: number, overran: boolean): readonly RecordedAttempt[] {
    if (!overran && this.#attempts === undefined) return NONE;
    const entry = this.#entry(this.attempt, 'completed', startedAt, now);
    return [...(this.#attempts ?? []), overran ? { ...entry, overran } : entry];
  }

  /** Notes the backoff that follows the last attempt. */
  backsOff(delayMs: number): void {
    const last = this.#attempts?.at(-1);
    if (last === undefined) return;
    this.#own ??= [...(this.#attempts ?? NONE)];
    this.#own[this.#own.length - 1] = { ...last, delayMs };
    this.#attempts = this.#own;
  }

  /** When the last attempt ended, as far as known. */
  get finishedAt(): number | undefined {
    return this.#attempts === undefined ? this.#plainEnd?.finishedAt : this.#attempts.at(-1)?.finishedAt;
  }

  /** The list of attempts as it is written: empty while one call went well, which the record itself tells. */
  get attempts(): readonly RecordedAttempt[] {
    this.#own = undefined;
    if (this.#attempts === undefined) return NONE;
    KNOWN_FAILURES.set(this.#attempts, { generation: this.#generation, failures: this.#failures });
    return this.#attempts;
  }

  #note(attempt: RecordedAttempt): void {
    // Where others have the list, a new one of just the right length: no room is left for what may never come.
    if (this.#own === undefined) this.#own = [...(this.#attempts ?? NONE), attempt];
    else this.#own.push(attempt);
    this.#attempts = this.#own;
    if (isFailure(attempt, this.#generation)) this.#failures += 1;
  }

  #entry(attempt: number, outcome: RecordedAttempt['outcome'], startedAt: number, finishedAt: number): RecordedAttempt {
    return { attempt, outcome, generation: this.#generation, startedAt, finishedAt };
  }
}

/** Of lists that were written by this process: the memory store hands back the very same. */
const KNOWN_FAILURES = new WeakMap<
  readonly RecordedAttempt[],
  { readonly generation: number; readonly failures: number }
>();

function failuresIn(attempts: readonly RecordedAttempt[], generation: number): number {
  const known = KNOWN_FAILURES.get(attempts);
  if (known?.generation === generation) return known.failures;
  return attempts.reduce((sum, attempt) => (isFailure(attempt, generation) ? sum + 1 : sum), 0);
}

function isFailure({ generation, outcome }: RecordedAttempt, of: number): boolean {
  return generation === of && (outcome === 'failed' || outcome === 'timed-out');
}

function brief({ name, message, code }: ErrorRecord): NonNullable<RecordedAttempt['error']> {
  return { name, message: storableText(message, ATTEMPT_MESSAGE_LENGTH), ...(code === undefined ? {} : { code }) };
}
