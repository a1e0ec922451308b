import { Children1764460000000 } from './children';
import { ClaimLines1764000200000 } from './claim-lines';
import { Dispatch1764100000000 } from './dispatch';
import { FlowInRun1764000100000 } from './flow-in-run';
import { InitialSchema1764000000000 } from './initial-schema';
import { Reuse1764420000000 } from './reuse';
import { Schedules1764470000000 } from './schedules';
import { RunFeed1764480000000 } from './run-feed';
import { Signals1764430000000 } from './signals';
import { RunRetriedAt1764310000000 } from './run-retried-at';
import { DispatchTrace1764510000000 } from './dispatch-trace';
import { SlotLease1764200000000 } from './slot-lease';
import { WorkerCleanedAt1764290000000 } from './worker-cleaned-at';
import { WorkerWorkflows1764300000000 } from './worker-workflows';

/** Every migration, oldest first. A release adds to the end and never changes what has been released. */
export const TYPEFLOW_MIGRATIONS = [
  InitialSchema1764000000000,
  FlowInRun1764000100000,
  ClaimLines1764000200000,
  Dispatch1764100000000,
  SlotLease1764200000000,
  WorkerCleanedAt1764290000000,
  WorkerWorkflows1764300000000,
  RunRetriedAt1764310000000,
  Reuse1764420000000,
  Signals1764430000000,
  Children1764460000000,
  Schedules1764470000000,
  RunFeed1764480000000,
  DispatchTrace1764510000000,
];
