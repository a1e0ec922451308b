import { WorkflowSlotLease } from './slot-lease';
import { WorkflowWorker } from './worker';
import { WorkflowDispatch } from './workflow-dispatch';
import { WorkflowFlowGraph } from './workflow-flow-graph';
import { WorkflowLogLine } from './workflow-log-line';
import { WorkflowNode } from './workflow-node';
import { WorkflowRun } from './workflow-run';
import { WorkflowSchedule } from './workflow-schedule';
import { WorkflowSignal } from './workflow-signal';

export {
  WorkflowDispatch,
  WorkflowFlowGraph,
  WorkflowLogLine,
  WorkflowNode,
  WorkflowRun,
  WorkflowSchedule,
  WorkflowSignal,
  WorkflowSlotLease,
  WorkflowWorker,
};

/** Every entity of Typeflow, for `entities` of a `DataSource`. */
export const TYPEFLOW_ENTITIES = [
  WorkflowRun,
  WorkflowNode,
  WorkflowWorker,
  WorkflowSlotLease,
  WorkflowDispatch,
  WorkflowFlowGraph,
  WorkflowSignal,
  WorkflowSchedule,
  WorkflowLogLine,
];
