import { systemClock } from './src/runner/system-clock';
import { connectPostgres } from './src/store/typeorm/connections/postgres';
import { DEFAULT_SCHEMA } from './src/store/typeorm/sql/schema-name';

/**
 * For TypeORM's command line, when you work on Typeflow itself:
 * `npx typeorm-ts-node-commonjs migration:show -d ormconfig.ts`, with TYPEFLOW_DATABASE set to a postgres:// URL.
 */
const url = process.env['TYPEFLOW_DATABASE'];
if (url === undefined || !/^postgres(ql)?:/.test(url)) {
  throw new Error('set TYPEFLOW_DATABASE to a postgres:// URL, such as postgres://user@localhost:5432/app');
}

export const dataSource = connectPostgres(url, {
  clock: systemClock,
  schema: process.env['TYPEFLOW_SCHEMA'] ?? DEFAULT_SCHEMA,
}).dataSource;
