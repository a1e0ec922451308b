export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Where the engine writes. pino, winston's and the console's methods fit: an object of fields first, then the message. */
export interface TypeflowLogger {
  debug(fields: Readonly<Record<string, unknown>>, message: string): void;
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
  /** Whether lines of this level go anywhere; a logger without it is handed all of them. pino has it. */
  isLevelEnabled?(level: LogLevel): boolean;
}

/** A line of a task: a message alone, or an object of fields first, or an error, which becomes the field `err` and may stand alone. */
interface TaskLine {
  (message: string): void;
  (fields: Readonly<Record<string, unknown>>, message: string): void;
  (error: Error, message?: string): void;
}

/** What `ctx.logger` is: the runner's logger, which also takes a message or an error alone. It fits wherever a `TypeflowLogger` is asked for. */
export type TaskLogger = Readonly<Record<LogLevel, TaskLine>>;
