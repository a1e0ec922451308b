import type { LogLevel } from '../core/logger';

/** The call that says something. */
export interface Speaker {
  readonly runId: string;
  readonly node: string;
  /** Of a mapped node: the instance; otherwise -1. */
  readonly index: number;
  readonly attempt: number;
}

/** Hears what attempts say while they run. Neither method throws. */
export interface AttemptSayings {
  logged(speaker: Speaker, level: LogLevel, fields: unknown, message: unknown): void;
  progressed(speaker: Speaker, fraction: number, note: string | undefined): void;
}
