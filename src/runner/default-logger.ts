import type { TypeflowLogger } from '../core/logger';
import { toErrorRecord } from '../core/errors/error-record';

/** Warnings and errors as JSON lines on standard error; what is only of interest to a developer is left out. */
export const defaultLogger: TypeflowLogger = {
  debug: () => undefined,
  info: () => undefined,
  warn: (fields, message) => writeLine('warn', fields, message),
  error: (fields, message) => writeLine('error', fields, message),
  isLevelEnabled: (level) => level === 'warn' || level === 'error',
};

function writeLine(level: string, fields: Readonly<Record<string, unknown>>, message: string): void {
  const { err, ...rest } = fields;
  const line = {
    level,
    time: new Date().toISOString(),
    ...rest,
    ...(err === undefined ? {} : { err: toErrorRecord(err) }),
    message,
  };
  process.stderr.write(`${JSON.stringify(line)}\n`);
}
