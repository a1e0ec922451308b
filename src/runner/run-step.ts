import type { Command } from '../planner/commands';
import type { OfferedAttempt } from '../store/dispatch';
import type { RecordParams } from '../store/record';

/** One record is one text per column on its way to the database: larger ones would stop the process for too long. */
export const MAX_RECORD = { nodes: 5_000, bytes: 16 * 1024 * 1024 } as const;

/** What waits for the records before it to be durable. */
export type Held = Extract<Command, { readonly type: 'start' | 'backoff' | 'wait' }>;

/** One turn of a run's writing: what is recorded, if anything, and what may be done once it is. */
export interface Step {
  readonly record: RecordParams | undefined;
  readonly held: readonly Held[];
  /** Calls made elsewhere whose results are recorded by then. */
  readonly done: readonly OfferedAttempt[];
}

export const NOTHING: readonly never[] = [];
