import { describeCancelling, describeRetrying } from './cancel-retry-cases';
import { describeCleanup } from './cleanup-cases';
import { describeChildren } from './children-cases';
import { describeClaiming } from './claim-cases';
import { describeCreating } from './create-cases';
import { describeDispatching } from './dispatch-cases';
import { describeDispatchFencing, describeDispatchRecovery } from './dispatch-fencing-cases';
import { describeFeed } from './feed-cases';
import { describeFencing } from './fencing-cases';
import { describeFinding } from './find-cases';
import { sceneOf } from './fixtures';
import { describeGraphs } from './graph-cases';
import type { Harness, Scene } from './fixtures';
import { describeHeldRuns } from './held-cases';
import { describeHints } from './hint-cases';
import { describeRecording } from './record-cases';
import { describeReusing } from './reuse-cases';
import { describeRecovery } from './recovery-cases';
import { describeSchedules } from './schedule-cases';
import { describeSignals } from './signal-cases';
import { describeTraces } from './trace-cases';
import { describeWorkers } from './worker-cases';
import { describeSlots } from './slot-cases';
import { describeTransactions } from './transaction-cases';

/**
 * What every store must do. `harness` is read when a case runs, so that the suite may open its store in `beforeAll`.
 *
 * `hasLeases: false` leaves out recovery: there is one process, whose workers cannot die without it.
 * `hasSealedErrors: true` leaves out looking into their messages.
 * `hasTransactions: false` leaves out transactions of tasks: there is no database to commit to.
 */
export function describeStoreContract(
  harness: () => Harness,
  options: { readonly hasLeases: boolean; readonly hasTransactions?: boolean; readonly hasSealedErrors?: boolean },
): void {
  let current: Scene;
  beforeEach(() => {
    current = sceneOf(harness());
  });
  const scene = (): Scene => current;
  describeCreating(scene);
  describeClaiming(scene);
  describeRecording(scene);
  describeFencing(scene);
  describeCancelling(scene);
  describeRetrying(scene);
  describeFinding(scene, options);
  describeDispatching(scene);
  describeDispatchFencing(scene);
  describeHints(scene);
  describeCleanup(scene);
  describeWorkers(scene, options);
  describeSlots(scene);
  describeReusing(scene);
  describeGraphs(scene);
  if (options.hasTransactions !== false) describeTransactions(scene);
  describeSignals(scene);
  describeChildren(scene);
  describeSchedules(scene);
  describeFeed(scene);
  describeTraces(scene);
  describeHeldRuns(scene);
  if (!options.hasLeases) return;
  describeRecovery(scene);
  describeDispatchRecovery(scene);
}
