// What `typeflow/entities` exports.
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
} from './entities/index';
export { keepTypeflowNames } from './entities/own-names';
export { typeflowEntities } from './entities/typeflow-entities';
export type { SchemaOptions } from './entities/typeflow-entities';
export { typeflowMigrations } from './migrations/typeflow-migrations';
