import { startPostgres } from './postgres-process';
import type { PostgresProcess } from './postgres-process';

declare global {
  var typeflowTestPostgres: PostgresProcess | undefined;
}

/** One real PostgreSQL for all suites; a server named by TYPEFLOW_TEST_POSTGRES is used as it is. */
export = async function globalSetup(): Promise<void> {
  if (process.env['TYPEFLOW_TEST_POSTGRES']) return;
  globalThis.typeflowTestPostgres = await startPostgres();
  process.env['TYPEFLOW_TEST_POSTGRES'] = globalThis.typeflowTestPostgres.url;
};
