import type { DataSource, EntityMetadata } from 'typeorm';
import { TYPEFLOW_ENTITIES } from './index';

/**
 * Gives the tables and columns of Typeflow's entities the names back that a naming strategy, or `entityPrefix`, has changed for all
 * entities of a `DataSource`: the tables are made by our migrations, whatever the application calls its own. A runner does that with the `DataSource`
 * that it gets; where there is none, call it once the `DataSource` is initialized. Without our entities, or with their names as they are, it does nothing.
 *
 * @example
 * const dataSource = await new DataSource({ …, namingStrategy, entities: [Invoice, ...typeflowEntities()] }).initialize();
 * keepTypeflowNames(dataSource);
 */
export function keepTypeflowNames(dataSource: DataSource): void {
  for (const entity of TYPEFLOW_ENTITIES) {
    if (dataSource.hasMetadata(entity)) keepNames(dataSource, dataSource.getMetadata(entity));
  }
}

function keepNames(dataSource: DataSource, metadata: EntityMetadata): void {
  const { givenTableName: name } = metadata;
  if (name !== undefined && metadata.tableName !== name) {
    metadata.tableName = name;
    metadata.tableNameWithoutPrefix = name;
    metadata.tablePath = dataSource.driver.buildTableName(name, metadata.schema, metadata.database);
  }
  for (const column of metadata.columns) keepName(column);
}

/** Every column of ours was given a name. */
function keepName(column: EntityMetadata['columns'][number]): void {
  const { givenDatabaseName: name } = column;
  if (name === undefined || column.databaseName === name) return;
  column.databaseName = name;
  column.databasePath = name;
  column.databaseNameWithoutPrefixes = name;
}
