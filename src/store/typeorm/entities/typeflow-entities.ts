import { getMetadataArgsStorage } from 'typeorm';
import { ConfigurationError } from '../../../core/errors/definition-error';
import { DEFAULT_SCHEMA, quoteSchema } from '../sql/schema-name';
import { TYPEFLOW_ENTITIES } from './index';

export interface SchemaOptions {
  /** The same as the runner's option. Default `'typeflow'`. */
  readonly schema?: string;
}

/** In which schema the entities of this process are: TypeORM keeps that with the classes, once for all. */
let chosen: string | undefined;

/**
 * Typeflow's entities for a `DataSource` of your own, to read, join and relate to. They are left out of `synchronize` and of generated
 * migrations: their tables come from `typeflowMigrations()`, or from the runner.
 *
 * @throws ConfigurationError for a bad schema, or another one than before: classes have one schema in a process
 * @example
 * new DataSource({ type: 'postgres', url, entities: [Invoice, ...typeflowEntities()], migrations: [...mine, ...typeflowMigrations()] });
 */
export function typeflowEntities({ schema = DEFAULT_SCHEMA }: SchemaOptions = {}): (new () => object)[] {
  quoteSchema(schema);
  if (chosen !== undefined && chosen !== schema) {
    throw new ConfigurationError(
      `typeflowEntities: expected schema "${chosen}", as before in this process, got "${schema}"; one process can map the entities to one schema only`,
    );
  }
  chosen = schema;
  const ours = new Set<unknown>(TYPEFLOW_ENTITIES);
  for (const table of getMetadataArgsStorage().tables) {
    if (ours.has(table.target)) Object.assign(table, { schema, synchronize: false });
  }
  return [...TYPEFLOW_ENTITIES];
}
