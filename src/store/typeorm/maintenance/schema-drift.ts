import { DataSource } from 'typeorm';
import type { QueryRunner } from 'typeorm';
import type { Connection } from '../connections/connection';
import { TYPEFLOW_ENTITIES } from '../entities/index';

/**
 * What TypeORM would execute to make the schema that of our entities, which the tests hold equal to what the migrations make: tables, columns with
 * their types and defaults, keys, and indexes by their names. Nothing is executed.
 */
export async function schemaDrift({ kind, dataSource }: Connection, schema: string): Promise<readonly string[]> {
  // PGlite has one connection, and a DataSource of ours; an application's own knows other tables, which are none of our business.
  if (kind === 'pglite') return planned(dataSource);
  const own = new DataSource({
    ...(dataSource.options as Extract<DataSource['options'], { readonly type: 'postgres' }>),
    schema,
    entities: TYPEFLOW_ENTITIES,
    migrations: [],
    subscribers: [],
    synchronize: false,
    migrationsRun: false,
    dropSchema: false,
    logging: false,
    installExtensions: false,
    poolSize: 1,
  });
  await own.initialize();
  try {
    return await planned(own);
  } finally {
    await own.destroy();
  }
}

async function planned(dataSource: DataSource): Promise<readonly string[]> {
  const { createQueryRunner } = dataSource;
  dataSource.createQueryRunner = (mode) => inTurn(createQueryRunner.call(dataSource, mode));
  try {
    const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
    return upQueries.map(({ query }) => query);
  } finally {
    dataSource.createQueryRunner = createQueryRunner;
  }
}

/** TypeORM reads tables and columns side by side, though over one connection: pg warns of that, and its next major version refuses it. */
function inTurn(runner: QueryRunner): QueryRunner {
  const query = runner.query.bind(runner) as (...args: unknown[]) => Promise<unknown>;
  let last: Promise<unknown> = Promise.resolve();
  runner.query = (...args: unknown[]): Promise<never> => {
    const answer = last.then(() => query(...args));
    last = answer.catch(() => undefined);
    return answer as Promise<never>;
  };
  return runner;
}
