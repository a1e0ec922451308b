import type { NodeReason } from '../core/reasons';
import type { NodeStatus } from '../core/statuses';

/**
 * Something that is called: a node that is not mapped, or one instance of a mapped node.
 *
 * PENDING → RUNNING → (WAITING → RUNNING)* → COMPLETED | FAILED | SKIPPED | CANCELLED; PENDING and WAITING may also end without
 * another call, and a WAITING call whose method returned a wait always does. A restored call that was running or backing off is PENDING, with its counts, until its edges are judged again.
 */
export interface CallState {
  status: NodeStatus;
  reason: NodeReason | undefined;
  /** Calls made, over all restores. */
  attempt: number;
  /** Calls that failed and therefore count against `retries`; a crash does not. */
  failures: number;
  /** When the first attempt started, epoch ms: `totalTimeout` counts from it. */
  firstStartedAt: number | undefined;
  /** When the next attempt is due, or the wait is over, epoch ms; of a PENDING call: what it was restored with. */
  wakeAt: number | undefined;
  /** Its record was taken over from another run. */
  isReused: boolean;
  /** WAITING for what its method asked for, not for another attempt: no retry, timeout or `due` applies to it. */
  isWait: boolean;
}
