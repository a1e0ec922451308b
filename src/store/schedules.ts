import type { CatchUp, Overlap } from '../core/schedule-rules';
import type { CreateRunParams } from './create-run';

/**
 * Runs that begin by the clock: part of the `Store` port, with its promises. A schedule's row says when its next tick is; whoever makes that
 * tick moves it on in the same step, so that each tick is made once, whoever else tries.
 */
export interface Schedules {
  /**
   * Writes what this code has of schedules: new ones, and those whose definition differs. Schedules of code, of these workflows, that are not
   * among them are forgotten; those that were set by hand stay.
   */
  put(params: { readonly schedules: readonly NewSchedule[]; readonly workflows: readonly string[] }): Promise<void>;
  /** All of them, or those of these workflows, by name; and the store's clock, epoch ms. */
  list(params: { readonly workflows?: readonly string[] | undefined }): Promise<ScheduleList>;
  /** Makes one tick, if it is still the next one of a schedule that is not paused and defined as the caller knows it. */
  tick(params: TickParams): Promise<TickResult>;
  /** Pauses, or lets it go on with its next tick at `nextAt`. `false`: there is no such schedule. */
  pause(params: { readonly name: string; readonly resumeAt?: number | undefined }): Promise<boolean>;
  /** `false`: there was no such schedule. */
  remove(params: { readonly name: string }): Promise<boolean>;
}

export interface NewSchedule {
  readonly name: string;
  readonly workflow: string;
  readonly flow: string;
  readonly cron: string;
  readonly timeZone: string;
  readonly overlap: Overlap;
  readonly catchUp: CatchUp;
  /** Encoded. Of one whose code makes the input: absent. */
  readonly input?: string | undefined;
  /** Declared with a flow, or set by hand. */
  readonly origin: 'code' | 'api';
  /** A hash of all the above. */
  readonly definition: string;
  /** Epoch ms; absent when there is none any more. */
  readonly nextAt?: number | undefined;
}

export interface StoredSchedule extends NewSchedule {
  readonly pausedAt?: number | undefined;
  /** The last tick that began a run, and that run. */
  readonly lastAt?: number | undefined;
  readonly lastRunId?: string | undefined;
  /** Ticks that began none. */
  readonly skipped: number;
}

export interface ScheduleList {
  readonly now: number;
  readonly schedules: readonly StoredSchedule[];
}

export interface TickParams {
  readonly name: string;
  readonly definition: string;
  /** The next tick as it was seen. */
  readonly seenAt: number;
  /** The tick that is made: that one, or a later one where ticks were missed. */
  readonly tick: number;
  readonly nextAt: number | undefined;
  /** What it begins; absent for a tick that is dropped. */
  readonly run?: CreateRunParams | undefined;
}

/**
 * - `started`: its run is there
 * - `skipped`: the one before is not over, or the tick was to be dropped
 * - `held`: the one before is not over, and the tick waits for that
 * - `lost`: somebody else made it, or it is none any more
 */
export type TickResult = 'started' | 'skipped' | 'held' | 'lost';
