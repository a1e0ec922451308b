import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { ConfigurationError } from '../../../core/errors/definition-error';
import { keepTypeflowNames } from '../entities/own-names';
import { clientBeside } from './client-beside';
import type { Connection } from './connection';
import { unreachable } from './unreachable';

const CLOSE_TIMEOUT_MS = 2_000;

/** The user's own `DataSource`: initialized if it is not, and closed only then. */
export function borrowDataSource(dataSource: DataSource): Connection {
  const { type } = dataSource.options;
  if (type !== 'postgres') {
    throw new ConfigurationError(
      `database: expected a DataSource of type "postgres", got one of type ${JSON.stringify(type)}`,
    );
  }
  let isOurs = false;
  return {
    kind: 'postgres',
    dataSource,
    newClient: () => clientBeside(dataSource),
    async open() {
      if (!dataSource.isInitialized) {
        try {
          await dataSource.initialize();
        } catch (error) {
          throw unreachable('the DataSource of the application', error);
        }
        isOurs = true;
      }
      keepTypeflowNames(dataSource);
    },
    async close() {
      if (!isOurs) return;
      isOurs = false;
      // Its connections are not ours to destroy: one that does not answer is not waited for.
      await Promise.race([dataSource.destroy(), sleep(CLOSE_TIMEOUT_MS, undefined, { ref: false })]);
    },
    assertFree() {},
  };
}
