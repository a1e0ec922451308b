import 'reflect-metadata';
import { EnvironmentError } from '../core/errors/definition-error';
import type { NodeKind } from '../core/statuses';

/** What one decorator said about one method. */
export interface NodeRecord {
  readonly name: string | symbol;
  readonly kind: NodeKind;
  readonly options: unknown;
  readonly compensates?: unknown;
  /** The class that declares it; a subclass replaces what it has from its parent. */
  readonly declaredBy: object;
  /** Why no method of instances stands there. */
  readonly problem?: string | undefined;
}

const NODES = 'typeflow:nodes';
const OPTIONS = 'typeflow:workflow';

/**
 * Adds a record to a class's own metadata: a copy of what its parent has comes first, and neither is changed afterwards.
 *
 * @param args what the compiled code calls a method decorator with
 * @throws EnvironmentError when the code was compiled for the standard decorators
 */
export function recordNode(args: readonly unknown[], node: Pick<NodeRecord, 'kind' | 'options' | 'compensates'>): void {
  const [target, name, descriptor] = args as [object, string | symbol, PropertyDescriptor | undefined];
  refuseStandardDecorators(name);
  const isStatic = typeof target === 'function';
  const declaredBy = isStatic ? target : target.constructor;
  const record: NodeRecord = { ...node, name, declaredBy, problem: problemOf(isStatic, descriptor) };
  const earlier = nodesOf(declaredBy);
  const inherited = earlier.findIndex((other) => other.name === name && other.declaredBy !== declaredBy);
  Reflect.defineMetadata(NODES, inherited < 0 ? [...earlier, record] : earlier.with(inherited, record), declaredBy);
}

/** Own and inherited records, in the order of definition, parents first. */
export function nodesOf(target: object): readonly NodeRecord[] {
  return (Reflect.getMetadata(NODES, target) as readonly NodeRecord[] | undefined) ?? [];
}

/** @throws EnvironmentError when the code was compiled for the standard decorators */
export function recordWorkflow(args: readonly unknown[], options: unknown): void {
  refuseStandardDecorators(args[1]);
  Reflect.defineMetadata(OPTIONS, options ?? {}, args[0] as object);
}

/** What `@Workflow` on this very class says; `undefined` when there is none. */
export function workflowOptionsOf(target: object): unknown {
  return Reflect.getOwnMetadata(OPTIONS, target);
}

/** A constructor's parameters can only be resolved by what the compiler or a parameter decorator says about them. */
export function lacksConstructorMetadata(target: { readonly length: number }): boolean {
  return target.length > 0 && !Reflect.getMetadataKeys(target).some((key) => key !== NODES && key !== OPTIONS);
}

function problemOf(isStatic: boolean, descriptor: PropertyDescriptor | undefined): string | undefined {
  if (isStatic) return 'is static; nodes are methods of instances, so remove "static"';
  if (typeof descriptor?.value === 'function') return undefined;
  return 'is no method; nodes are methods (a property with an arrow function is made too late), so write name(…) { … }';
}

function refuseStandardDecorators(second: unknown): void {
  if (typeof second !== 'object' || second === null) return;
  throw new EnvironmentError(
    'this code is compiled for the standard (TC39) decorators, which carry no metadata; set "experimentalDecorators": true and ' +
      '"emitDecoratorMetadata": true in tsconfig.json (and in the options of your bundler or test runner), or use defineWorkflow',
  );
}
