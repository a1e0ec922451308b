import type { TaskContext } from '../core/task-context';
import type { IsContext } from '../decorators/edge-arguments';
import type { NodeResult } from '../decorators/stored';
import type { Class } from '../decorators/workflow-definition';
import type { FlowName, WorkflowRef } from '../decorators/workflow-types';

/* eslint-disable @typescript-eslint/no-explicit-any -- only any[] accepts every method */

/**
 * What may stand in for a method: takes the same arguments, or fewer, and gives the same result, at once or as a promise. In place of a
 * wait the value that it would complete with may be given.
 */
export type OverrideOf<Method> = Method extends (...args: infer Args) => infer Result
  ? (...args: Args) => Result | Awaited<Result> | NodeResult<Method> | Promise<NodeResult<Method>>
  : never;

/** Methods of a workflow class by name; of a workflow without a class the compiler does not know the functions. */
export type Overrides<W extends WorkflowRef> =
  W extends Class<infer T>
    ? { readonly [K in FlowName<W> & keyof T]?: OverrideOf<T[K]> }
    : Readonly<Record<string, (...args: any[]) => unknown>>;

/** What is kept of the context of a call: what it said, and not what could be done with it. */
export type SeenContext<Input = unknown> = Pick<
  TaskContext<Input>,
  'input' | 'runId' | 'task' | 'index' | 'attempt' | 'idempotencyKey' | 'deadline'
>;

/** The values that a method was called with, its context last. */
export type SeenArgumentsOf<W extends WorkflowRef, Name extends string> = Seen<ArgumentsOf<W, Name>>;

type Seen<Args> = { [I in keyof Args]: IsContext<Args[I]> extends true ? SeenContext<InputOf<Args[I]>> : Args[I] };

type InputOf<Context> = Context extends { readonly input: infer Input } ? Input : unknown;

/** The parameters of a method. */
export type ArgumentsOf<W extends WorkflowRef, Name extends string> =
  W extends Class<infer T>
    ? Name extends keyof T
      ? T[Name] extends (...args: infer Args) => unknown
        ? Args
        : unknown[]
      : unknown[]
    : unknown[];

/** The values that a method is called with, without the context. */
export type ValuesOf<W extends WorkflowRef, Name extends string> = WithoutContext<ArgumentsOf<W, Name> & unknown[]>;

type WithoutContext<Args extends unknown[]> = Args extends [...infer Values, infer Last]
  ? IsContext<Last> extends true
    ? Values
    : Args
  : Args;

/** What a method of a class gives, once waited for; `unknown` of a workflow without a class. */
export type ResultOf<W extends WorkflowRef, Name extends string> =
  W extends Class<infer T> ? (Name extends keyof T ? NodeResult<T[Name]> : unknown) : unknown;

/** Replaced methods of one workflow, for `createTestRunner({ overrides })`. */
export interface OverrideSet {
  readonly workflow: WorkflowRef;
  readonly methods: Readonly<Record<string, ((...args: any[]) => unknown) | undefined>>;
}

/**
 * Replaced methods, checked against their signatures, to hand to several test runners.
 *
 * @example createTestRunner({ workflows: [OrderWorkflow], overrides: [overridesOf(OrderWorkflow, { refund: async () => undefined })] });
 */
export function overridesOf<W extends WorkflowRef>(workflow: W, methods: Overrides<W>): OverrideSet {
  return { workflow, methods: methods as OverrideSet['methods'] };
}

/** The names of methods; of a workflow without a class the compiler knows none but its flows, and any name will do. */
export type MethodName<W extends WorkflowRef> = W extends Class ? FlowName<W> : string;

/** One call of a node's method, in the order in which they were made. */
export interface RecordedCall<Args extends readonly unknown[] = unknown[]> {
  readonly runId: string;
  readonly task: string;
  /** Of an instance of a mapped task: which element. */
  readonly index: number | undefined;
  /** From 1. */
  readonly attempt: number;
  readonly args: Args;
  /** When it was made, in virtual time. */
  readonly at: Date;
}
