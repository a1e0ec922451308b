import type { NodeReason } from '../core/reasons';
import type { NodeStatus } from '../core/statuses';

/**
 * Something that is called: a node that is not mapped, or one instance of a mapped node.
 *
 * PENDING → RUNNING → (WAITING → RUNNING)* → COMPLETED | FAILED | SKIPPED | CANCELLED; PENDING and WAITING may also end without
 * another call. A restored call that was running or backing off is PENDING, with its counts, until its edges are judged again.
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
  /** When the next attempt is due, epoch ms; of a PENDING call: the backoff it was restored with. */
  wakeAt: number | undefined;
}
