import { briefly } from './errors/briefly';
import { PayloadInvalidError } from './errors/run-errors';
import type { SchemaIssue } from './errors/run-errors';
import { isThenable } from './thenable';

/**
 * What every validation library that keeps to https://standardschema.dev offers (zod, valibot, arktype and more): the part of its
 * interface that is used here, so that none of them is a dependency.
 *
 * @typeParam Input what is handed in
 * @typeParam Output what comes out, after defaults and transformations
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
    /** Of https://standardschema.dev/json-schema, which zod and arktype keep to as well. */
    readonly jsonSchema?:
      { readonly input: (options: { readonly target: string }) => Readonly<Record<string, unknown>> } | undefined;
  };
}

export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | {
      readonly issues: readonly {
        readonly message: string;
        readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
      }[];
    };

/** Whether something keeps to the standard, as far as can be seen without calling it. */
export function isStandardSchema(value: unknown): value is StandardSchema {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  const standard = (value as { readonly '~standard'?: unknown })['~standard'];
  if (typeof standard !== 'object' || standard === null) return false;
  const { version, validate } = standard as { readonly version?: unknown; readonly validate?: unknown };
  return version === 1 && typeof validate === 'function';
}

/** A JSON Schema, draft 2020-12. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** What the schema takes in as JSON Schema, where it can say so: some know none, and some values (a `Date`) have none. */
export function jsonSchemaOf(schema: StandardSchema): JsonSchema | undefined {
  try {
    const found: unknown = schema['~standard'].jsonSchema?.input({ target: 'draft-2020-12' });
    return typeof found === 'object' && found !== null ? (found as JsonSchema) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The value as the schema makes it.
 *
 * @param what of whom the value is, for the message, such as `signal "approved"`
 * @throws PayloadInvalidError with every issue; with the schema's own error as `cause` where it throws instead of answering
 */
export async function validateWith<Output>(
  schema: StandardSchema<unknown, Output>,
  value: unknown,
  what: string,
): Promise<Output> {
  let result: unknown;
  try {
    result = await schema['~standard'].validate(value);
  } catch (error) {
    throw threwItself(what, error);
  }
  return valueOf<Output>(result, what);
}

/** The same at once, for those who cannot wait; `'later'` where the schema does. @throws PayloadInvalidError */
export function validateNow<Output>(
  schema: StandardSchema<unknown, Output>,
  value: unknown,
  what: string,
): { readonly value: Output } | 'later' {
  let result: unknown;
  try {
    result = schema['~standard'].validate(value);
  } catch (error) {
    throw threwItself(what, error);
  }
  if (!isThenable(result)) return { value: valueOf<Output>(result, what) };
  // Nobody waits for it any more.
  Promise.resolve(result).catch(() => undefined);
  return 'later';
}

function threwItself(what: string, error: unknown): PayloadInvalidError {
  return new PayloadInvalidError(what, [{ path: '', message: 'the schema itself threw an error' }], { cause: error });
}

/** @throws PayloadInvalidError with the issues, or where the schema answered something else than the standard says */
function valueOf<Output>(result: unknown, what: string): Output {
  if (!isSchemaResult<Output>(result)) {
    const message = `the schema's answer must have a value or a list of issues, got ${briefly(result)}`;
    throw new PayloadInvalidError(what, [{ path: '', message }]);
  }
  if (result.issues === undefined) return result.value;
  throw new PayloadInvalidError(
    what,
    result.issues.map(({ message, path }): SchemaIssue => ({ path: pathText(path ?? []), message })),
  );
}

function isSchemaResult<Output>(result: unknown): result is SchemaResult<Output> {
  if (typeof result !== 'object' || result === null) return false;
  const { issues } = result as { readonly issues?: unknown };
  return issues === undefined ? 'value' in result : Array.isArray(issues) && issues.length > 0 && issues.every(isIssue);
}

function isIssue(issue: unknown): boolean {
  if (typeof issue !== 'object' || issue === null) return false;
  const { message, path } = issue as { readonly message?: unknown; readonly path?: unknown };
  return typeof message === 'string' && (path === undefined || Array.isArray(path));
}

/** `items[0].name`, as one would write it. */
function pathText(path: readonly (PropertyKey | { readonly key: PropertyKey })[]): string {
  return path
    .map((segment) => (typeof segment === 'object' ? segment.key : segment))
    .map((key, i) => (typeof key === 'number' ? `[${key}]` : i === 0 ? String(key) : `.${String(key)}`))
    .join('');
}
