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
