/** A JSON Schema of draft 2020-12, as OpenAPI 3.1 has it, of which only what draft 7 has too is used: the validator knows that. */
export type JsonSchema = { readonly [keyword: string]: unknown };

/** An object with these fields and no other. */
export function object(
  properties: Readonly<Record<string, JsonSchema>>,
  required: readonly string[] = [],
  more: JsonSchema = {},
): JsonSchema {
  return { type: 'object', additionalProperties: false, properties, ...(required.length > 0 && { required }), ...more };
}

/** An object of an answer: all of its fields are always there, but for those that are named. */
export function view(
  properties: Readonly<Record<string, JsonSchema>>,
  { optional = [], description }: { readonly optional?: readonly string[]; readonly description?: string } = {},
): JsonSchema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return object(properties, required, description === undefined ? {} : { description });
}

export function list(items: JsonSchema, more: JsonSchema = {}): JsonSchema {
  return { type: 'array', items, ...more };
}

/** What a list is answered as: there is room for more beside it. */
export function items(of: JsonSchema): JsonSchema {
  return view({ items: list(of) });
}

/** A schema by its name in `components/schemas`; of answers only, which are not validated at run time. */
export function ref(name: string): JsonSchema {
  return { $ref: `#/components/schemas/${name}` };
}

/** The same field with words of its own. */
export function described(schema: JsonSchema, description: string): JsonSchema {
  return { ...schema, description };
}
