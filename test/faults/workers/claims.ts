import { Lease } from '../../../src/runner/lease';
import type { CreatedRun } from '../../../src/store/create-run';
import type { ClaimedRun, PollResult } from '../../../src/store/worker-lease';
import { TypeormStore } from '../../../src/store/typeorm/typeorm-store';

/**
 * What this process may believe of itself: the epochs of its claims, and the end of its lease. The engine tells neither to tasks,
 * so the harness listens in on the store's answers and on renewals.
 */
export class Claims {
  readonly #epochs = new Map<string, number>();
  readonly #leaseMs: number;
  #leaseEndsAt = -Infinity;
  /** Looks at the lease that found it valid, less the calls that were made since. */
  #passedChecks = 0;
  #leftAtCheckMs = 0;

  constructor(leaseMs: number) {
    this.#leaseMs = leaseMs;
    this.#listenToPolls();
    this.#listenToStarts();
    this.#listenToRenewals();
    this.#listenToChecks();
  }

  epochOf(runId: string): number {
    const epoch = this.#epochs.get(runId);
    if (epoch === undefined) throw new Error(`the harness has missed the claim of run ${runId}`);
    return epoch;
  }

  /**
   * What was left of the lease when the worker looked, right before the call that asks this; or what is left now, if it has not looked. A
   * process may be frozen between its look and the call: no engine could help that, and the epoch makes it harmless.
   */
  leaseLeftMs(): number {
    if (this.#passedChecks === 0) return this.#leaseEndsAt - performance.now();
    this.#passedChecks--;
    return this.#leftAtCheckMs;
  }

  #listenToPolls(): void {
    const { poll } = TypeormStore.prototype;
    const note = ({ id, epoch }: ClaimedRun): void => void this.#epochs.set(id, epoch);
    TypeormStore.prototype.poll = async function (this: TypeormStore, params): Promise<PollResult> {
      const result = await poll.call(this, params);
      if (result.kind === 'alive') result.claimed.forEach(note);
      return result;
    };
  }

  /** A run that is started by a process with a worker is its own from the start. */
  #listenToStarts(): void {
    const { createRun } = TypeormStore.prototype;
    const epochs = this.#epochs;
    TypeormStore.prototype.createRun = async function (this: TypeormStore, params): Promise<CreatedRun> {
      const created = await createRun.call(this, params);
      if (created.kind === 'created' && created.owned) epochs.set(created.id, created.epoch);
      return created;
    };
  }

  #listenToRenewals(): void {
    const { renewed } = Lease.prototype;
    const note = (sentAt: number): void => void (this.#leaseEndsAt = sentAt + this.#leaseMs);
    Lease.prototype.renewed = function (this: Lease, sentAt, storeNow): void {
      renewed.call(this, sentAt, storeNow);
      note(sentAt);
    };
  }

  #listenToChecks(): void {
    const { isValid } = Lease.prototype;
    const left = (): number => this.#leaseEndsAt - performance.now();
    const note = (leftMs: number): void => {
      this.#passedChecks++;
      this.#leftAtCheckMs = leftMs;
    };
    Lease.prototype.isValid = function (this: Lease): boolean {
      const leftMs = left();
      const isPassed = isValid.call(this);
      if (isPassed) note(leftMs);
      return isPassed;
    };
  }
}
