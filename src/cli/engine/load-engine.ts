import { createRequire } from 'node:module';

const load = createRequire(__filename);

/**
 * The engine, for commands that open a database or an application. Loading it takes longer than all that a command does which asks a service, so it is
 * loaded when it is needed.
 */
export function loadEngine(): typeof import('./engine') {
  return load('./engine') as typeof import('./engine');
}
