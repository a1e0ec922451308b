import 'reflect-metadata';
import { DefinitionError } from '../core/errors/definition-error';
import type { DefinitionIssue } from '../core/errors/definition-error';
import type { InjectableClass } from './container-adapter';

/** What the compiler writes for a parameter whose type is no class: a container would construct it, or guess. */
const NOT_INJECTABLE = new Set<unknown>([Object, String, Number, Boolean, Array, Function, Symbol, Promise, BigInt]);

/**
 * Checks that every constructor parameter of a workflow class names something a container can look up: a class, or a token given
 * with `@inject`.
 *
 * @param tokens what `@inject` says, by position
 * @throws DefinitionError with an issue per parameter
 */
export function checkInjection(target: InjectableClass, tokens: Readonly<Record<string, unknown>>): void {
  const types: unknown = Reflect.getMetadata('design:paramtypes', target);
  if (!Array.isArray(types)) return;
  const issues = types.flatMap((type: unknown, position) =>
    String(position) in tokens ? [] : issueOf(target, type, position),
  );
  if (issues.length > 0) throw new DefinitionError(target.name, issues);
}

function issueOf(target: InjectableClass, type: unknown, position: number): DefinitionIssue[] {
  const where = `${target.name}.constructor`;
  const parameter = `parameter ${position + 1}`;
  if (type === undefined) {
    const message = `${parameter} is undefined, usually because two files import each other; inject it by a token, or with delay()`;
    return [{ code: 'NOT_INJECTABLE', where, message }];
  }
  if (!NOT_INJECTABLE.has(type)) return [];
  const name = (type as { readonly name: string }).name;
  const written = type === Object ? 'an interface, or a type that vanishes when compiled' : name;
  const message = `${parameter} is ${written}, which no container can look up; type it with a class, or give a token with @inject(token)`;
  return [{ code: 'NOT_INJECTABLE', where, message }];
}
