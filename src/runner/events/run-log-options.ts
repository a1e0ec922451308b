import { briefly } from '../../core/errors/briefly';
import { ConfigurationError } from '../../core/errors/definition-error';
import type { LogLevel } from '../../core/logger';

/** What is kept of `ctx.logger` and `ctx.progress` with each run. */
export interface RunLogOptions {
  /** Lines of each run, progress included; the oldest go first. Default 1,000, at most 100,000: each is a row. */
  readonly lines?: number;
  /** The lowest level that is kept. Default `'info'`. */
  readonly level?: LogLevel;
}

export interface RunLogSettings {
  readonly lines: number;
  readonly levels: readonly LogLevel[];
}

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];
const DEFAULT_LINES = 1_000;
const MAX_LINES = 100_000;

/** `undefined`: nothing is kept. @throws ConfigurationError */
export function runLogSettings(options: RunLogOptions | false = {}): RunLogSettings | undefined {
  if (options === false) return undefined;
  const { lines = DEFAULT_LINES, level = 'info' } = options;
  if (!Number.isInteger(lines) || lines < 1 || lines > MAX_LINES) {
    throw new ConfigurationError(
      `runLogs.lines must be a whole number from 1 to 100,000, got ${briefly(lines)}; runLogs: false keeps none`,
    );
  }
  if (!LEVELS.includes(level)) {
    throw new ConfigurationError(`runLogs.level must be 'debug', 'info', 'warn' or 'error', got ${briefly(level)}`);
  }
  return { lines, levels: LEVELS.slice(LEVELS.indexOf(level)) };
}
