import { ArgumentError } from './errors/definition-error';
import { briefly } from './errors/briefly';
import { isStandardSchema } from './standard-schema';
import type { StandardSchema } from './standard-schema';

/**
 * A message to a run, by its name. It types both ends: who waits for it, and who sends it.
 *
 * @typeParam Payload what the waiting task completes with
 * @typeParam Sent what is sent: the same, unless a schema changes it
 */
export interface Signal<Payload, Sent = Payload> {
  readonly name: string;
  readonly schema: StandardSchema<Sent, Payload> | undefined;
}

const NAME = /^[A-Za-z0-9_$][\w$.:-]{0,99}$/;

/**
 * Declares a signal. With a schema (zod, valibot, arktype, any Standard Schema) a payload is checked when it is sent, and what the
 * schema makes of it is what arrives.
 *
 * @throws ArgumentError for a bad name, or a schema that is none
 * @example
 * const approved = signal<{ by: string }>('approved');
 * const paid = signal('paid', z.object({ amount: z.number() }));
 */
export function signal<Payload = void>(name: string): Signal<Payload>;
export function signal<Sent, Payload>(name: string, schema: StandardSchema<Sent, Payload>): Signal<Payload, Sent>;
export function signal(name: string, schema?: StandardSchema): Signal<unknown> {
  requireSignalName(name);
  if (schema !== undefined && !isStandardSchema(schema)) {
    throw new ArgumentError(
      `the schema of signal "${name}" must be a Standard Schema (of zod, valibot, arktype, …), got ${briefly(schema)}`,
    );
  }
  return { name, schema };
}

/** A signal's name, however it was given. @throws ArgumentError */
export function signalName(given: { readonly name: string } | string): string {
  const name: unknown = typeof given === 'string' ? given : (given as { readonly name: unknown } | undefined)?.name;
  requireSignalName(name);
  return name;
}

function requireSignalName(name: unknown): asserts name is string {
  if (typeof name === 'string' && NAME.test(name)) return;
  throw new ArgumentError(
    `a signal's name must be 1 to 100 letters, digits and _ $ . : -, beginning with none of the last three, got ${briefly(name)}`,
  );
}
