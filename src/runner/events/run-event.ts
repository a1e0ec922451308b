import type { LogLevel } from '../../core/logger';
import type { TaskError } from '../../core/outcome';
import type { NodeReason } from '../../core/reasons';
import type { NodeKind, NodeStatus, RunStatus } from '../../core/statuses';
import type { WaitRecord } from '../waits/shown-wait';

/** Something that happened in a run. */
export type RunEvent = RunStatusEvent | NodeStatusEvent | ProgressEvent | LogEvent;

/** The same, to those who follow a run: `after: cursor` goes on behind it. */
export type FollowedEvent = RunEvent & { readonly cursor: string };

/** The run is in another status, or waits until another instant, or a cancel was accepted. */
export interface RunStatusEvent {
  readonly type: 'run';
  readonly runId: string;
  readonly workflow: string;
  readonly flow: string;
  readonly status: RunStatus;
  /** 1, and one more for each `retry`. */
  readonly generation: number;
  readonly isCancelRequested: boolean;
  /** Why the run FAILED. */
  readonly error: TaskError | undefined;
  /** When a PENDING run may start, or a WAITING one goes on. */
  readonly wakeAt: Date | undefined;
  readonly finishedAt: Date | undefined;
}

/** A node, or one element of a mapped one, is in another status. Its value is not told: `get` has it. */
export interface NodeStatusEvent {
  readonly type: 'node';
  readonly runId: string;
  readonly task: string;
  readonly kind: NodeKind;
  /** Of an element of a mapped task; otherwise `undefined`. */
  readonly index: number | undefined;
  readonly status: NodeStatus;
  readonly generation: number;
  /** How many calls are known to have started. */
  readonly attempt: number;
  /** Of a FAILED node; of a WAITING one, the error of its last attempt. */
  readonly error: TaskError | undefined;
  /** Why it is SKIPPED or CANCELLED. */
  readonly reason: NodeReason | undefined;
  /** Of a WAITING node whose method returned a wait: what for. */
  readonly wait: WaitRecord | undefined;
  /** Of a WAITING node: when the next attempt is due, or its wait is over. */
  readonly wakeAt: Date | undefined;
  /** Of a mapped task as a whole: how many elements it has. */
  readonly elements: number | undefined;
  readonly startedAt: Date | undefined;
  readonly finishedAt: Date | undefined;
}

interface FromAttempt {
  readonly runId: string;
  readonly task: string;
  readonly index: number | undefined;
  readonly attempt: number;
  readonly at: Date;
}

/** A task called `ctx.progress`. */
export interface ProgressEvent extends FromAttempt {
  readonly type: 'progress';
  /** From 0 to 1. */
  readonly fraction: number;
  readonly note: string | undefined;
}

/** A task wrote to `ctx.logger`. */
export interface LogEvent extends FromAttempt {
  readonly type: 'log';
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A line that was kept of a run. */
export type LogLine = Omit<LogEvent, 'type'>;
