import type { NodeKind, NodeStatus, RunStatus } from '../core/statuses';

/** A value as JSON: what a program outside, or a person at a terminal, is shown of a stored value. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A failure without stacks: who may read a run need not see the paths of the machine it ran on. */
export interface ErrorView {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  /** The node that failed; absent when no single one did. */
  readonly task?: string;
  readonly index?: number;
  readonly attempts?: number;
  readonly cause?: ErrorView;
}

/** A run as JSON. Instants are ISO 8601 in UTC; what there is not is left out. */
export interface RunView {
  readonly id: string;
  readonly workflow: string;
  readonly version?: string;
  /** Absent of a held run whose flow `execute` is still to name. */
  readonly flow?: string;
  readonly status: RunStatus;
  /** It waits for `execute`: no worker claims it. */
  readonly isHeld: boolean;
  /** A cancel was accepted, whether it is carried out by now or not. */
  readonly isCancelRequested: boolean;
  readonly cancelReason?: string;
  readonly input?: Json;
  readonly output?: Json;
  readonly error?: ErrorView;
  readonly errors: readonly ErrorView[];
  readonly queue: string;
  readonly priority: number;
  readonly tags: readonly string[];
  readonly generation: number;
  readonly createdAt: string;
  readonly startedAt?: string;
  readonly finishedAt?: string;
  readonly wakeAt?: string;
  readonly parentId?: string;
  readonly forkedFrom?: string;
}

export interface AttemptView {
  readonly attempt: number;
  readonly outcome: string;
  readonly generation: number;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly error?: { readonly name: string; readonly message: string; readonly code?: string };
  readonly delayMs?: number;
  readonly overran?: boolean;
}

export interface WaitView {
  readonly kind: 'sleep' | 'signal' | 'child';
  readonly since: string;
  readonly until?: string;
  readonly signal?: string;
  readonly runId?: string;
  readonly workflow?: string;
  readonly flow?: string;
}

/** Why a node is SKIPPED or CANCELLED: `code` for programs, `sentence` for people. */
export interface ReasonView {
  readonly code: string;
  readonly sentence: string;
}

export interface NodeView {
  readonly task: string;
  readonly kind: NodeKind;
  readonly compensates?: string;
  readonly index?: number;
  readonly status: NodeStatus;
  readonly attempt: number;
  readonly attempts: readonly AttemptView[];
  readonly output?: Json;
  readonly error?: ErrorView;
  readonly reason?: ReasonView;
  readonly reusedFrom?: string;
  readonly startedAt?: string;
  readonly finishedAt?: string;
  readonly wait?: WaitView;
  readonly wakeAt?: string;
  readonly instances?: {
    readonly total: number;
    readonly completed: number;
    readonly failed: number;
    readonly skipped: number;
    readonly cancelled: number;
  };
}

/** A run with its nodes, in definition order. */
export interface RunDetailView extends RunView {
  readonly nodes: readonly NodeView[];
}

export interface RunPageView {
  readonly items: readonly RunView[];
  /** Where the next page begins; absent on the last one. */
  readonly cursor?: string;
}

/** Which run an action was on, or made. */
export interface RunRefView {
  readonly id: string;
  readonly workflow: string;
  readonly flow?: string;
}

export interface ForkView extends RunRefView {
  /** Tasks that are not run again, because their records were taken over. */
  readonly reused: readonly string[];
  readonly note?: string;
}

/** What `execute` came to. */
export interface ExecutedView {
  /**
   * - `started`: the held run was set going
   * - `finished`: it is over within `wait`, or it was COMPLETED before by the same flow
   * - `forked`: it was COMPLETED before by another flow, and `run` is a new one that takes over its records
   */
  readonly outcome: 'started' | 'finished' | 'forked';
  readonly run: RunView;
}

export interface ExplanationView {
  readonly run: {
    readonly id: string;
    readonly workflow: string;
    readonly flow?: string;
    readonly status: RunStatus;
    readonly reason: Json;
    readonly sentence: string;
    readonly isCodeKnown: boolean;
  };
  readonly nodes: readonly {
    readonly task: string;
    readonly index?: number;
    readonly status: NodeStatus;
    readonly reason: Json;
    readonly sentence: string;
  }[];
  /** All of it for people. */
  readonly text: string;
}

/** An event of a run, in the words of `runner.events`; `cursor` is where to go on behind it. */
export interface EventView {
  readonly type: 'run' | 'node' | 'progress' | 'log';
  readonly runId: string;
  readonly cursor: string;
  readonly [field: string]: Json | undefined;
}

export interface LogLineView {
  readonly runId: string;
  readonly task: string;
  readonly index?: number;
  readonly attempt: number;
  readonly at: string;
  readonly level: string;
  readonly message: string;
  readonly fields: { readonly [name: string]: Json };
}

/** A workflow as it is registered here. */
export interface DefinitionView {
  readonly name: string;
  readonly version?: string;
  readonly fingerprint: string;
  readonly flows: readonly {
    readonly name: string;
    /** JSON Schema of the input, where the flow has a schema that can say so. */
    readonly inputSchema?: Json;
    readonly schedule?: { readonly cron: string; readonly timeZone: string };
    readonly onFailure: 'stop' | 'finish';
    readonly fingerprint: string;
    /** The nodes that a run of it executes, in definition order. */
    readonly nodes: readonly string[];
  }[];
  readonly nodes: readonly {
    readonly name: string;
    readonly kind: NodeKind;
    readonly dependsOn: readonly { readonly task: string; readonly rule: string }[];
    readonly isMapped: boolean;
    readonly always: boolean;
    readonly compensates?: string;
    readonly queue?: string;
  }[];
  /** The graph as a Mermaid flowchart. */
  readonly mermaid: string;
}

/** What a flow would run: `text` for people, the rest as data. */
export interface PlanView {
  readonly workflow: string;
  readonly flow: string;
  readonly order: readonly string[];
  readonly waves: readonly (readonly string[])[];
  readonly criticalPath: readonly string[];
  /** `null`: no bound. */
  readonly worstCase: { readonly durationMs: number | null; readonly calls: number };
  readonly notes: readonly string[];
  readonly text: string;
}

/** What an action on many runs did, or with `dryRun` would do. */
export interface BulkView {
  /** How many runs the filter finds that the action can be applied to; 10,000 at most, unless in a dry run. */
  readonly matched: number;
  /** How many it was applied to, 1,000 at most; 0 in a dry run, and of runs whose cancel was asked for before. */
  readonly changed: number;
  readonly isDryRun: boolean;
  /** There are more than one call changes: call again. */
  readonly isMore: boolean;
  /** Runs that it could not be applied to, at most 20 of them, and why. */
  readonly failures: readonly { readonly id: string; readonly code?: string; readonly message: string }[];
}

export interface ScheduleView {
  readonly name: string;
  readonly workflow: string;
  readonly flow: string;
  readonly cron: string;
  readonly timeZone: string;
  readonly overlap: string;
  readonly catchUp: string;
  readonly input?: Json;
  readonly origin: 'code' | 'api';
  readonly pausedAt?: string;
  readonly nextAt?: string;
  readonly lastAt?: string;
  readonly lastRunId?: string;
  readonly skipped: number;
}

export interface WorkerView {
  readonly id: string;
  readonly label: string;
  readonly queues: readonly string[];
  readonly workflows: readonly string[];
  readonly registeredAt: string;
  readonly seenAt: string;
}

/** The runs of one queue that are not over. */
export interface QueueView {
  readonly queue: string;
  /** Could be executed now, and wait for a worker. */
  readonly due: number;
  /** Since when the oldest of them is due. */
  readonly oldestDueAt?: string;
  /** Are to start, or to go on, later. */
  readonly later: number;
  readonly running: number;
  /** Wait for `execute`. */
  readonly held: number;
  /** How many live workers serve it. */
  readonly workers: number;
}

export interface CleanupView {
  readonly deleted: number;
  readonly isComplete: boolean;
}

export interface HealthView {
  readonly isReady: boolean;
  readonly version: string;
  readonly store: 'memory' | 'pglite' | 'postgres';
  /** Of this process; absent in a client. Never holds a password. */
  readonly worker?: {
    readonly id: string;
    readonly runs: number;
    readonly tasks: number;
    readonly zombies: number;
    readonly isConnected: boolean;
    readonly disconnectedSince?: string;
    readonly listening: string;
  };
}
