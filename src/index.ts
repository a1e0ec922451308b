import 'reflect-metadata';

export { Workflow } from './decorators/workflow';
export { Task } from './decorators/task';
export { Flow } from './decorators/flow';
export { Compensate } from './decorators/compensate';
export { all, allSettled, each, failed, optional, settled } from './decorators/edges';
export type { Dependency, EachOptions, EdgeTo } from './decorators/edges';
export { compareWorkflows } from './decorators/compare-workflows';
export { defineWorkflow } from './decorators/define-workflow';
export type { WorkflowBuilder } from './decorators/define-workflow';
export type {
  CompensateOptions,
  ConcurrencyPolicy,
  DefineWorkflowOptions,
  FlowOptions,
  RetryPolicy,
  ScheduleOptions,
  TaskOptions,
  WorkflowOptions,
} from './decorators/options';
export type { ChildArgs, ChildOptions } from './decorators/child-flow';
export type { NodeResult, Stored } from './decorators/stored';
export type { WorkflowDefinition } from './decorators/workflow-definition';
export type {
  FlowInput,
  FlowName,
  FlowOutput,
  FlowTypes,
  TypedWorkflowDefinition,
  WorkflowRef,
} from './decorators/workflow-types';

export { toMermaid } from './graph/render';
export type { WorkflowGraph, FlowGraph, FlowNode, GraphNode } from './graph/workflow-graph';
export type { Edge, EdgeRule } from './graph/edge';
export type { GraphChange, GraphChangeDetail, GraphDiff } from './graph/graph-change';

export { signal } from './core/signal';
export type { Signal } from './core/signal';
export type { JsonSchema, SchemaResult, StandardSchema } from './core/standard-schema';
export type { TaskContext, WaitOptions } from './core/task-context';
export type { Outcome, TaskError } from './core/outcome';
export type { Deferred } from './core/deferred';
export type { CatchUp, Overlap } from './core/schedule-rules';
export type { Duration } from './core/durations';
export type { LogLevel, TaskLogger, TypeflowLogger } from './core/logger';
export type { FinalRunStatus, NodeKind, NodeStatus, RunStatus } from './core/statuses';
export type { NodeReason } from './core/reasons';
export { currentTask } from './execution/current-task';
export type { CurrentTask } from './execution/current-task';

export type { ClassToken, ContainerAdapter, ContainerScope, InjectableClass } from './di/container-adapter';

export { WorkflowRunner } from './runner/workflow-runner';
export { registerTypeflow, Typeflow } from './runner/register-typeflow';
export type { RegisterOptions } from './runner/register-typeflow';
export type { JournalOptions } from './runner/journal-options';
export type { RunnerOptions } from './runner/runner-options';
export type { CleanupOptions, RetentionOptions } from './runner/retention/retention-options';
export type { CleanupResult } from './runner/retention/clean-up';
export type { QueueOptions } from './runner/queue-options';
export type { WorkerOptions } from './runner/worker-options';
export type { WorkerHealth } from './runner/worker-health';
export type { AffectedRun, AffectedRuns } from './runner/change/affected-runs';
export type { CodeRefusal } from './runner/change/code-refusal';
export type { ForkOptions } from './runner/change/fork-run';
export type { ForkPoint } from './runner/change/reuse-plan';
export type { RetryOptions } from './runner/change-run';
export type { StartOptions, ResultOptions } from './runner/start-options';
export type { ExecuteOptions, HoldOptions } from './runner/held-runs';
export type { QueueRecord } from './runner/list-queues';
export type { RunHandle } from './runner/run-handle';
export type { AttemptRecord, InstanceCounts, NodeRecord, RunRecord } from './runner/run-record';
export type { Explanation, ExplainedNode, ExplainedRun } from './runner/explain/explanation';
export type {
  ExplainedAttempt,
  ExplainedEnd,
  ExplainedNodeReason,
  ExplainedRunReason,
  NotToUndo,
  NoWorker,
  OpenDependency,
} from './runner/explain/reasons';
export type { ExplainedWait } from './runner/explain/wait-reason';
export type { FlowPlan, PlannedNode, WorstCase } from './runner/plan/flow-plan';
export type { PlanOptions } from './runner/plan/plan-options';
export type { FollowOptions } from './runner/events/follow-run';
export type { EventListener } from './runner/events/local-events';
export type {
  FollowedEvent,
  LogEvent,
  LogLine,
  NodeStatusEvent,
  ProgressEvent,
  RunEvent,
  RunStatusEvent,
} from './runner/events/run-event';
export type { RunLogOptions } from './runner/events/run-log-options';
export type { SignalOptions } from './runner/waits/send-signal';
export type { WaitRecord } from './runner/waits/shown-wait';
export type { RunnerSchedules, ScheduleRecord } from './runner/schedules/runner-schedules';
export type { RunTree } from './runner/run-tree';
export type { WorkerRecord } from './runner/list-workers';
export type { ListOptions, RunList } from './runner/list-runs';

export { defineConfig } from './application/define-config';
export type { ApplicationConfig, ApplicationExport } from './application/define-config';
export type { Redaction, ShownValue } from './application/redaction';
export { loadConfig } from './application/config/load-config';
export type { LoadedApplication } from './application/config/load-config';
export type { AccessToken, MetricsSource, Role, ServiceLimits, ServiceOptions } from './application/service-options';

export { aesGcmPayloads } from './store/sealed/aes-gcm-payloads';
export type { AesGcmOptions, PayloadKey } from './store/sealed/aes-gcm-payloads';
export type { PayloadCodec } from './store/sealed/payload-codec';
export { SealedValue } from './core/codec/sealed';

export { TypeflowError } from './core/errors/typeflow-error';
export { ERROR_CODES } from './core/errors/codes';
export type { ErrorCode } from './core/errors/codes';
export {
  ApplicationNotLoadedError,
  ArgumentError,
  ConfigurationError,
  DefinitionError,
  EnvironmentError,
} from './core/errors/definition-error';
export type { DefinitionIssue } from './core/errors/definition-error';
export {
  FlowNotFoundError,
  IdempotencyConflictError,
  NoWorkerError,
  NotAFlowError,
  PayloadInvalidError,
  RunCancelledError,
  RunFailedError,
  RunNotFoundError,
  RunNotExecutedError,
  RunNotHeldError,
  RunNotRetryableError,
  RunOverError,
  RunnerClosedError,
  ScheduleNotFoundError,
  WaitAbortedError,
  WorkflowNotRegisteredError,
} from './core/errors/run-errors';
export type { SchemaIssue } from './core/errors/run-errors';
export {
  AttemptAbortedError,
  ChildCancelledError,
  ChildDepthError,
  ChildFailedError,
  CompensationError,
  ConcurrencyKeyError,
  DeadlineError,
  FlowSkippedError,
  LeaseLostError,
  NoManagerError,
  NonRetryableError,
  NotAnArrayError,
  TaskTimeoutError,
  TotalTimeoutError,
  TransactionUnusableError,
  TransactionalWaitError,
  ValueNotStorableError,
  WaitNotReturnedError,
  WaitTimeoutError,
  WorkerLostError,
} from './core/errors/task-errors';
export type { AbortCause } from './core/errors/task-errors';
export {
  DatabaseUnreachableError,
  FolderLockedError,
  FolderUnreadableError,
  NestedConnectionError,
  PayloadCodecError,
  SchemaOutdatedError,
  SchemaTooNewError,
  StoreError,
} from './core/errors/store-errors';

export { prometheusMetrics } from './telemetry/metrics/prometheus-metrics';
export type { PrometheusMetrics, PrometheusOptions } from './telemetry/metrics/prometheus-metrics';
export type {
  AttemptEnd,
  AttemptFacts,
  AttemptObserver,
  CallFacts,
  NodeEnd,
  QueueFigures,
  ReadQueues,
  RunFacts,
  RunObserver,
  StartEnd,
  StartFacts,
  StartObserver,
  StretchEnd,
  Telemetry,
} from './telemetry/telemetry';
export {
  BodyTooLargeError,
  ContentTypeError,
  CrossSiteRequestError,
  ForbiddenError,
  HostNotAllowedError,
  InternalError,
  RequestInvalidError,
  RouteNotFoundError,
  TooManyRequestsError,
  TooManyStreamsError,
  UnauthenticatedError,
} from './core/errors/request-errors';
export type { RequestIssue } from './core/errors/request-errors';
