import type { TypeflowLogger } from '../../core/logger';
import { styled } from '../output/terminal';
import type { Terminal } from '../output/terminal';

/** What the engine has to say, for people: warnings and errors, beside the result. */
export function terminalLogger(terminal: Terminal): TypeflowLogger {
  const say = (level: 'warn' | 'error') => (fields: object, message: string) => {
    const { err } = fields as { readonly err?: unknown };
    const cause = err instanceof Error ? `: ${err.message}` : '';
    terminal.note([styled(level === 'warn' ? 'yellow' : 'red', `${level}: `), `${message}${cause}`]);
  };
  const nothing = (): void => undefined;
  return { debug: nothing, info: nothing, warn: say('warn'), error: say('error') };
}
