import type { LogLevel, TypeflowLogger } from '../core/logger';

/** The user's logger, whose own failures never become the engine's. */
export function safeLogger(logger: TypeflowLogger): TypeflowLogger {
  const write =
    (level: LogLevel): TypeflowLogger[LogLevel] =>
    (fields, message) => {
      try {
        logger[level](fields, message);
      } catch {
        // There is nowhere left to say it.
      }
    };
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    isLevelEnabled: (level) => logger.isLevelEnabled?.(level) ?? true,
  };
}
