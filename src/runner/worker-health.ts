import type { Listening } from '../store/store-hint';

/** How a worker is doing. */
export interface WorkerHealth {
  readonly id: string;
  readonly runs: number;
  readonly tasks: number;
  /** Timed-out methods that went on past `zombieAfter` since the worker started. */
  readonly zombies: number;
  /** The last poll reached the database. */
  readonly isConnected: boolean;
  /** When the polls began to fail, by this process's clock; absent while they do not. */
  readonly disconnectedSince?: Date;
  /** Why a poll last failed, for people; kept when the database answers again. Never holds a password. */
  readonly lastError?: string;
  /**
   * Whether other processes' hints arrive: `lost` means that new work is found by polls alone until the listening connection is
   * there again, `off` that the worker does not listen: on one-process stores, and where that is turned off.
   */
  readonly listening: Listening;
}
