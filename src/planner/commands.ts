import type { NodeReason } from '../core/reasons';
import type { FinalNodeStatus } from '../core/statuses';
import type { FlowNode } from '../graph/workflow-graph';
import type { NodeRef } from './events';

/**
 * What is to be done next. All `record`s of one transition, and of those before it, must be durable before any `start`
 * of it is carried out: a node's result is committed before anything that depends on it begins.
 */
export type Command =
  /** The node or instance changed: keep it. */
  | ({ readonly type: 'record'; readonly change: NodeChange } & NodeRef)
  /** Call the method: this is attempt number `attempt` (from 1). */
  | ({
      readonly type: 'start';
      readonly attempt: number;
      /** What is left of `totalTimeout` at this instant, ms; `undefined` when it has none. */
      readonly totalTimeLeftMs?: number | undefined;
    } & NodeRef)
  /** Send `due` for this node once `at` (epoch ms) has come. The `record` of the wait precedes it. */
  | ({ readonly type: 'backoff'; readonly at: number; readonly delayMs: number } & NodeRef)
  /** See to a wait, which is over at `at` (epoch ms) at the latest; answer with `completed` or `failed`. Its `record` precedes it. */
  | ({ readonly type: 'wait'; readonly at: number | undefined } & NodeRef)
  /** Tell the running attempt to stop; answer with `completed`, `failed`, `skipped` or `aborted`. */
  | ({ readonly type: 'abort'; readonly cause: 'cancel' | 'deadline' } & NodeRef)
  /**
   * The run is over. Always the last command of a run, and emitted once, unless a `cancel` event re-opens the run because the
   * store refused this end: another one follows then.
   */
  | { readonly type: 'finish'; readonly outcome: RunOutcome };

/** A new state of a node or instance, to be recorded. */
export type NodeChange =
  | FinalChange
  /** Backing off: the next attempt is due in `delayMs`. */
  | { readonly status: 'WAITING'; readonly isWait?: undefined; readonly wakeAt: number; readonly delayMs: number }
  /** Its method returned a wait, which is over after `endsInMs` at the latest. */
  | { readonly status: 'WAITING'; readonly isWait: true; readonly endsInMs: number | undefined }
  /** Only of a mapped node as a whole: it now has `elements` instances. */
  | { readonly status: 'RUNNING'; readonly elements: number };

/** A node or instance is final. */
export interface FinalChange {
  readonly status: FinalNodeStatus;
  /** Of a SKIPPED or CANCELLED one. */
  readonly reason?: NodeReason | undefined;
  /** FAILED because `totalTimeout` leaves no time for its next attempt. */
  readonly totalTimedOut?: boolean | undefined;
  /** Only of a mapped node as a whole: how many instances it had. */
  readonly elements?: number | undefined;
}

/** How a run ended, naming the nodes; the caller knows their values and errors. */
export type RunOutcome =
  | { readonly status: 'COMPLETED'; readonly errors: readonly NodeRef[] }
  | { readonly status: 'CANCELLED'; readonly errors: readonly NodeRef[] }
  | {
      readonly status: 'FAILED';
      readonly cause: FailureCause;
      /** Every other node that FAILED: tolerated failures, handlers, siblings; instances by their own index. */
      readonly errors: readonly NodeRef[];
    };

/** What a run FAILED by. */
export type FailureCause = OwnCause | CompensationCause;

/** The same, as far as its nodes decide. */
export type OwnCause =
  /** The error of this node (of a mapped node: its lowest failed instance) is the run's error. */
  | { readonly kind: 'node'; readonly node: FlowNode; readonly index: number }
  /** The flow was SKIPPED though nothing it needs failed: `FlowSkippedError`. */
  | { readonly kind: 'flow-skipped'; readonly node: FlowNode; readonly reason: NodeReason }
  | { readonly kind: 'deadline' };

/** These compensations FAILED. Without that the run would have ended by `first`. */
export interface CompensationCause {
  readonly kind: 'compensation';
  readonly failed: readonly NodeRef[];
  readonly first: OwnCause | { readonly kind: 'cancel' };
}
