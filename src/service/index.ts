export { typeflowService } from './plugin';
export type { TypeflowServiceOptions } from './plugin';
export { createService } from './service';
export type { Service } from './service';
export { createOperations } from '../application/local-operations';
export type { OperationsOptions } from '../application/local-operations';
export type {
  CreateRun,
  ExecuteRun,
  ForkRun,
  Operations,
  Page,
  RunFilter,
  SetSchedule,
} from '../application/operations';
export type { AccessToken, MetricsSource, Role, ServiceLimits, ServiceOptions } from '../application/service-options';
export type { Problem } from './problems';
