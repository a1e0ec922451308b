import { Lease } from '../../../src/runner/lease';
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

  constructor(leaseMs: number) {
    this.#leaseMs = leaseMs;
    this.#listenToPolls();
    this.#listenToRenewals();
  }

  epochOf(runId: string): number {
    const epoch = this.#epochs.get(runId);
    if (epoch === undefined) throw new Error(`the harness has missed the claim of run ${runId}`);
    return epoch;
  }

  leaseLeftMs(): number {
    return this.#leaseEndsAt - performance.now();
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

  #listenToRenewals(): void {
    const { renewed } = Lease.prototype;
    const note = (sentAt: number): void => void (this.#leaseEndsAt = sentAt + this.#leaseMs);
    Lease.prototype.renewed = function (this: Lease, sentAt, storeNow): void {
      renewed.call(this, sentAt, storeNow);
      note(sentAt);
    };
  }
}
