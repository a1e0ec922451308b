import type { RunStatus } from '../core/statuses';
import type { StartConflict } from './create-run';

/** A run that is not to start before it is released. Its flow, and with it the graph, may be left open. */
export interface HoldRunParams {
  /** UUIDv7. */
  readonly id: string;
  readonly workflow: string;
  readonly version?: string | undefined;
  /** `''` while it is open. */
  readonly flow: string;
  /** `''` while the flow is open. */
  readonly fingerprint: string;
  readonly queue: string;
  readonly priority: number;
  readonly tags: readonly string[];
  /** Encoded input. */
  readonly input: string;
  readonly inputHash: string;
  /** Unique per workflow, as of any run. */
  readonly idempotencyKey?: string | undefined;
}

/**
 * `exists`: a run has this key, or id. One that is still held must be equal in flow and input, otherwise it is a `conflict`; of one that was
 * released nobody knows with what it was created.
 */
export type HeldRun =
  { readonly kind: 'created'; readonly id: string } | { readonly kind: 'exists'; readonly id: string } | StartConflict;

/** What a held run is released with. */
export interface ReleaseRunParams {
  readonly runId: string;
  /** Which it has from the start. */
  readonly workflow: string;
  readonly version?: string | undefined;
  readonly flow: string;
  readonly fingerprint: string;
  readonly queue: string;
  readonly input: string;
  readonly inputHash: string;
  /** What telemetry keeps with the run. */
  readonly trace?: string | undefined;
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
