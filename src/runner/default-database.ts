import type { RunnerOptions } from './runner-options';

const DEFAULT_DATABASE = 'pglite:.typeflow';

/** Where runs are kept when nobody says so. */
export function databaseOf(database: RunnerOptions['database']): NonNullable<RunnerOptions['database']> {
  // An empty variable is as good as none: compose files have those.
  return database ?? (process.env['TYPEFLOW_DATABASE'] || DEFAULT_DATABASE);
}
