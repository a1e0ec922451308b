/** Stored under their own names; every other enumerable property goes into `data`. */
const NAMED: ReadonlySet<string> = new Set(['name', 'message', 'stack', 'cause', 'code']);

/**
 * Which fields an error is stored with, in the stored order of keys, and which of its properties are its `data`.
 */
export function errorFields(error: Error): { readonly fields: readonly string[]; readonly dataKeys: string[] } {
  const isAggregate = listsErrors(error);
  const dataKeys = Object.keys(error).filter((key) => !NAMED.has(key) && !(isAggregate && key === 'errors'));
  const fields: string[] = [];
  if ('code' in error) fields.push('code');
  if (dataKeys.length > 0) fields.push('data');
  fields.push('name');
  if ('cause' in error) fields.push('cause');
  if (typeof error.stack === 'string') fields.push('stack');
  if (isAggregate) fields.push('errors');
  fields.push('message');
  return { fields, dataKeys };
}

/** `AggregateError` of any realm hides its `errors`; a property that a user set shows, and is data like any other. */
function listsErrors(error: Error): boolean {
  const own = Object.getOwnPropertyDescriptor(error, 'errors');
  return Array.isArray(own?.value) && (own?.enumerable === false || error instanceof AggregateError);
}
