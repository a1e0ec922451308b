import { ConfigurationError } from '../../../core/errors/definition-error';

export const DEFAULT_SCHEMA = 'typeflow';

const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/;

/**
 * The schema's name, quoted for SQL. Identifiers cannot be bound as parameters, so nothing but plain names is let through.
 *
 * @throws ConfigurationError when it is no plain name, or belongs to PostgreSQL
 */
export function quoteSchema(schema: string): string {
  if (!NAME.test(schema) || schema.startsWith('pg_') || schema === 'information_schema') {
    throw new ConfigurationError(
      `schema: expected a name of letters, digits and underscores (63 at most, not beginning with a digit or "pg_"), ` +
        `got ${JSON.stringify(schema)}`,
    );
  }
  return `"${schema}"`;
}
