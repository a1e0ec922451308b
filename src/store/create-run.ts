import type { RunStatus } from '../core/statuses';

/** A new run. Times are delays from the store's now. */
export interface CreateRunParams {
  /** UUIDv7. */
  readonly id: string;
  readonly workflow: string;
  readonly version?: string | undefined;
  readonly flow: string;
  readonly fingerprint: string;
  readonly queue: string;
  /** Higher first. */
  readonly priority: number;
  readonly tags: readonly string[];
  /** Encoded input. */
  readonly input: string;
  /** Hash of the canonical input: what an idempotency conflict is decided by. */
  readonly inputHash: string;
  /** Unique per workflow as long as the run exists. */
  readonly idempotencyKey?: string | undefined;
  /** The run is claimable only after this delay from the store's now, or (the caller's user said so) from this instant, epoch ms. */
  readonly startDelayMs?: number | undefined;
  readonly startAt?: number | undefined;
  /** The run is FAILED with `DeadlineError` when it is not over after this delay, or at this instant, epoch ms. */
  readonly deadlineMs?: number | undefined;
  readonly deadlineAt?: number | undefined;
  readonly parentId?: string | undefined;
  /** What telemetry keeps with the run: handed over with each claim, and not looked into. */
  readonly trace?: string | undefined;
  /** Starts the run without a claim, owned by this worker; ignored (and the run left PENDING) when its lease ended. */
  readonly claim?: { readonly workerId: string } | undefined;
  /**
   * The caller's own transaction (a TypeORM `EntityManager` of the same database): rolled back, there is no run. Never
   * together with `claim`: another connection could not see the row yet.
   */
  readonly manager?: unknown;
}

/** Sooner than workers poll of their own accord, by a wide margin. */
const SOON_MS = 5_000;

/** Whether workers should look at once: for the run itself, or to learn when it falls due. */
export function isDueSoon(
  { startDelayMs, startAt }: Pick<CreateRunParams, 'startDelayMs' | 'startAt'>,
  now: number,
): boolean {
  return (startDelayMs ?? (startAt === undefined ? 0 : startAt - now)) <= SOON_MS;
}

/** What `createRun` did. */
export type CreatedRun =
  /** `owned` tells whether the `claim` took effect; times are epoch ms by the store's clock. */
  | {
      readonly kind: 'created';
      readonly id: string;
      readonly owned: boolean;
      readonly epoch: number;
      readonly createdAt: number;
      readonly deadlineAt?: number | undefined;
    }
  /** A run with this key (or id) and the same flow and input exists: it is the answer. */
  | { readonly kind: 'exists'; readonly id: string; readonly status: RunStatus }
  /** A run with this key (or id) exists, but with another flow or input, or one that is held. */
  | StartConflict;

export type StartConflict =
  | { readonly kind: 'conflict'; readonly id: string; readonly differs: 'flow' | 'workflow' | 'held' }
  /** `status` and `inputHash` are those of the run that exists. */
  | {
      readonly kind: 'conflict';
      readonly id: string;
      readonly differs: 'input';
      readonly status: RunStatus;
      readonly inputHash: string;
    };
