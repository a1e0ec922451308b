import type { RunStatus } from '../core/statuses';
import type { CreateRunParams, StartConflict } from './create-run';

/**
 * A run that is not to start before it is released. While its flow is open, `flow` is `''`. `fingerprint` is `''` until it is released: so it is known of a
 * run that was cancelled whether it was ever to be executed.
 */
export type HoldRunParams = Pick<
  CreateRunParams,
  | 'id'
  | 'workflow'
  | 'version'
  | 'flow'
  | 'fingerprint'
  | 'queue'
  | 'priority'
  | 'tags'
  | 'input'
  | 'inputHash'
  | 'idempotencyKey'
>;

/**
 * `exists`: a run has this key, or id. One that is still held must be equal in flow and input, otherwise it is a `conflict`; of one that was
 * released nobody knows with what it was created.
 */
export type HeldRun =
  { readonly kind: 'created'; readonly id: string } | { readonly kind: 'exists'; readonly id: string } | StartConflict;

/** What a held run is released with; its workflow it has from the start. */
export interface ReleaseRunParams extends Pick<
  CreateRunParams,
  'workflow' | 'version' | 'flow' | 'fingerprint' | 'queue' | 'input' | 'inputHash' | 'trace'
> {
  readonly runId: string;
}

export type ReleasedRun =
  | { readonly kind: 'released' }
  /** It is not, or no longer, held. */
  | { readonly kind: 'refused'; readonly status: RunStatus }
  | { readonly kind: 'unknown' };

/**
 * Runs that exist before they may start: PENDING without an instant at which they are due, so that no claim finds them. A cancel ends them
 * at once, like any run that nobody began.
 */
export interface HeldRuns {
  hold(params: HoldRunParams): Promise<HeldRun>;
  /** Makes it due now, once: of two who try, the second is refused. */
  release(params: ReleaseRunParams): Promise<ReleasedRun>;
}

/** Whether a run was held, and never released. */
export function isUnreleased({ fingerprint }: { readonly fingerprint: string }): boolean {
  return fingerprint === '';
}

/** Whether a run waits to be released. */
export function isHeld({
  status,
  wakeAt,
}: {
  readonly status: RunStatus;
  readonly wakeAt?: number | undefined;
}): boolean {
  return status === 'PENDING' && wakeAt === undefined;
}
