import fc from 'fast-check';
import type { JsonSchema } from '../../src/service/schemas/json-schema';

/** Words that name something in the service under test, so that what is generated reaches further than to "there is none". */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  name: ['orders', 'ask', 'echo', 'broken', 'approved', 'nightly'],
  workflow: ['orders', 'ask', 'echo', 'broken'],
  flow: ['main', 'quote', 'pack'],
  from: ['check', 'pack', 'main'],
  task: ['check', 'pack', 'main', 'wait'],
  version: ['2'],
  cron: ['0 3 * * *', '*/5 * * * *', '@daily', '61 * * * *'],
  timeZone: ['UTC', 'Europe/Berlin', 'Mars/Olympus'],
};

/** Ids of runs that there are. */
export interface KnownRuns {
  readonly ids: readonly string[];
}

/** Values that a schema allows, of the keywords that are used here. */
export function valuesOf(schema: JsonSchema, known: KnownRuns, name = ''): fc.Arbitrary<unknown> {
  const { type, enum: allowed, anyOf, format } = schema as { [keyword: string]: unknown };
  // What waits as long as it may would say nothing more.
  if (name === 'wait') return fc.constantFrom<unknown>(0, 5, '5ms');
  if (Array.isArray(allowed)) return fc.constantFrom<unknown>(...(allowed as readonly unknown[]));
  if (Array.isArray(anyOf)) return fc.oneof(...(anyOf as JsonSchema[]).map((one) => valuesOf(one, known)));
  if (format === 'date-time') return fc.date({ min: new Date(0), noInvalidDate: true }).map(instantOf);
  switch (type) {
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return fc.integer({ min: Number(schema['minimum']), max: Number(schema['maximum']) });
    case 'string':
      return textsOf(schema, known, name);
    case 'array':
      return fc.array(valuesOf(schema['items'] as JsonSchema, known, name), {
        minLength: Number(schema['minItems'] ?? 0),
        maxLength: Math.min(4, Number(schema['maxItems'] ?? 4)),
      });
    case 'object':
      return objectsOf(schema, known);
  }
  return fc.jsonValue({ maxDepth: 3 });
}

function instantOf(date: Date): string {
  const year = Math.min(9_999, Math.max(0, date.getUTCFullYear()));
  return `${String(year).padStart(4, '0')}${new Date(date.getTime() % 1e12).toISOString().slice(4)}`;
}

function textsOf(schema: JsonSchema, known: KnownRuns, name: string): fc.Arbitrary<string> {
  const min = Number(schema['minLength'] ?? 0);
  const max = Number(schema['maxLength'] ?? 100);
  const pattern = schema['pattern'] === undefined ? /^.*$/ : new RegExp(String(schema['pattern']), 'u');
  const any = fc
    .oneof(fc.stringMatching(pattern), fc.string({ unit: 'binary', maxLength: 20 }))
    .filter((text) => text.length >= min && text.length <= max && pattern.test(text));
  const words = WORDS[name];
  if (String(schema['pattern']).startsWith('^[0-9a-f]{8}')) return fc.oneof(fc.constantFrom(...known.ids), any);
  return words === undefined ? any : fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...words) }, any);
}

function objectsOf(schema: JsonSchema, known: KnownRuns): fc.Arbitrary<unknown> {
  const {
    properties = {},
    required = [],
    minProperties = 0,
  } = schema as {
    readonly properties?: Readonly<Record<string, JsonSchema>>;
    readonly required?: readonly string[];
    readonly minProperties?: number;
  };
  const fields = Object.entries(properties).map(([name, one]) => [name, valuesOf(one, known, name)] as const);
  return fc
    .record(Object.fromEntries(fields), { requiredKeys: [...required] })
    .filter((value) => Object.keys(value).length >= minProperties);
}

/** Values that a schema mostly does not allow: of another type, with a field too many or a wrong one, or anything at all. */
export function wrongValuesOf(schema: JsonSchema, known: KnownRuns): fc.Arbitrary<unknown> {
  const anything = fc.jsonValue({ maxDepth: 2 });
  const near = fc
    .tuple(valuesOf(schema, known), fc.string({ unit: 'binary', maxLength: 8 }), anything)
    .map(([value, field, one]) => (typeof value === 'object' ? { ...value, [field]: one } : one));
  const names = Object.keys((schema['properties'] as object | undefined) ?? {});
  if (names.length === 0) return fc.oneof(anything, near);
  const wrongField = fc
    .tuple(valuesOf(schema, known), fc.constantFrom(...names), anything)
    .map(([value, field, one]) => ({ ...(value as object), [field]: one }));
  return fc.oneof(anything, near, wrongField);
}
