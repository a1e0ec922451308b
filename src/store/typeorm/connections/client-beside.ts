import pg from 'pg';
import type { Client, Pool } from 'pg';
import type { DataSource } from 'typeorm';

/** A client with the options of the pool, so that it reaches the same server in the same way. Call it once the pool is there. */
export function clientBeside(dataSource: DataSource): Client {
  // What TypeORM calls its pool; of several servers it is the one that is written to.
  const { master } = dataSource.driver as unknown as { readonly master?: Pool };
  if (master === undefined) throw new Error('the DataSource is not connected');
  return new pg.Client(master.options);
}
