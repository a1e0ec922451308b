import type { DataSource } from 'typeorm';
import { DEFAULT_SCHEMA } from '../sql/schema-name';

const schemas = new WeakMap<DataSource, string>();

/** Ties our schema to a `DataSource` whose own `schema` option is about other tables. */
export function setSchemaOf(dataSource: DataSource, schema: string): void {
  schemas.set(dataSource, schema);
}

/** The schema that our tables live in: what `setSchemaOf` said, else the DataSource's own option. */
export function schemaOf(dataSource: DataSource): string {
  const own = 'schema' in dataSource.options ? dataSource.options.schema : undefined;
  return schemas.get(dataSource) ?? own ?? DEFAULT_SCHEMA;
}
