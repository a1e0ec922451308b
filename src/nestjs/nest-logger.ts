import { inspect } from 'node:util';
import { Logger } from '@nestjs/common';
import type { TypeflowLogger } from '../core/logger';

/** Lines of the engine in Nest's log, with their fields behind the message. */
export function nestLogger(): TypeflowLogger {
  const logger = new Logger('Typeflow');
  return {
    debug: (fields, message) => logger.debug(textOf(fields, message)),
    info: (fields, message) => logger.log(textOf(fields, message)),
    warn: (fields, message) => logger.warn(textOf(fields, message)),
    error: (fields, message) => logger.error(textOf(fields, message)),
    isLevelEnabled: (level) => Logger.isLevelEnabled(level === 'info' ? 'log' : level),
  };
}

function textOf(fields: Readonly<Record<string, unknown>>, message: string): string {
  return `${message} ${inspect(fields, { breakLength: Infinity, depth: 4 })}`;
}
