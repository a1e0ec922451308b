import type { NodeReason } from '../core/reasons';
import type { LogLevel } from '../core/logger';
import type { NodeKind, NodeStatus, RunStatus } from '../core/statuses';
import type { RecordedWait } from '../core/wait';

/**
 * What happens in runs, for whoever follows them: part of the `Store` port, with its promises. There is no table of events. Nodes carry a
 * number, drawn while their run's row is locked, so that within a run numbers grow in the order of commits: whoever has
 * seen everything up to a number misses nothing by asking for what is above it. What changed twice in between is seen once, as it is now.
 */
export interface RunFeed {
  /** What changed in each of these runs since; unknown runs are left out. Reads only. */
  read(params: ReadFeedParams): Promise<readonly RunChanges[]>;
  /** Adds lines and progress to runs, and forgets the oldest of each beyond its limit. Those of unknown runs are dropped. */
  keep(params: KeepLinesParams): Promise<void>;
  /** The lines of a run that are kept, without progress, oldest first. Reads only. */
  lines(params: { readonly runId: string }): Promise<readonly FeedLine[]>;
}

export interface ReadFeedParams {
  readonly follows: readonly { readonly runId: string; readonly after: number }[];
  /** Entries of each run, at most. */
  readonly limit: number;
}

export interface RunChanges {
  readonly runId: string;
  /** The run as it stands. */
  readonly run: FeedRun;
  /** In the order of `seq`. */
  readonly entries: readonly FeedEntry[];
  /** The limit cut them off. */
  readonly isMore: boolean;
}

/** Instants are epoch ms. */
export interface FeedRun {
  readonly workflow: string;
  readonly flow: string;
  readonly status: RunStatus;
  readonly generation: number;
  readonly isCancelRequested: boolean;
  /** Encoded, of a FAILED run. */
  readonly error?: string | undefined;
  readonly finishedAt?: number | undefined;
  readonly wakeAt?: number | undefined;
}

export type FeedEntry = FeedNode | FeedLine | FeedProgress;

/** A node's or instance's record, without its value. */
export interface FeedNode {
  readonly kind: 'node';
  readonly seq: number;
  readonly node: string;
  readonly index: number;
  readonly nodeKind: NodeKind;
  readonly status: NodeStatus;
  readonly generation: number;
  readonly attempt: number;
  /** Encoded. */
  readonly error?: string | undefined;
  readonly reason?: NodeReason | undefined;
  readonly wait?: RecordedWait | undefined;
  readonly elements?: number | undefined;
  readonly startedAt?: number | undefined;
  readonly finishedAt?: number | undefined;
  readonly wakeAt?: number | undefined;
}

interface FromAttempt {
  readonly node: string;
  readonly index: number;
  readonly attempt: number;
}

/** What a task wrote to its logger. */
export interface FeedLine extends FromAttempt {
  readonly kind: 'line';
  readonly seq: number;
  readonly level: LogLevel;
  readonly message: string;
  /** Encoded. */
  readonly fields: string;
  readonly at: number;
}

/** How far a task says it is: the last that it said. */
export interface FeedProgress extends FromAttempt {
  readonly kind: 'progress';
  readonly seq: number;
  /** From 0 to 1. */
  readonly fraction: number;
  readonly note?: string | undefined;
  readonly at: number;
}

export interface KeepLinesParams {
  readonly lines: readonly KeptLine[];
  /** How many of a run are kept at most, progress included. */
  readonly limit: number;
}

/** `ageMs`: how long ago it was said, since only the store knows the instant. */
export type KeptLine = { readonly runId: string; readonly ageMs: number } & (
  | Omit<FeedLine, 'seq' | 'at'>
  /** The node's progress from before is forgotten. */
  | Omit<FeedProgress, 'seq' | 'at'>
);
