import type { IsContext, LastOf } from './edge-arguments';
import type { AnyFunction, NodeResult } from './stored';
import type { Class, WorkflowDefinition } from './workflow-definition';

declare const flows: unique symbol;

/** A definition whose flows the compiler knows by name: what `defineWorkflow(…).build()` returns. */
export interface TypedWorkflowDefinition<Flows> extends WorkflowDefinition {
  /** Only in types. */
  readonly [flows]?: Flows;
}

/** What a flow takes and gives. */
export interface FlowTypes<Input, Output> {
  readonly input: Input;
  readonly output: Output;
}

/** What the runner takes as a workflow: a decorated class, or the result of `defineWorkflow(…).build()`. */
export type WorkflowRef = Class | WorkflowDefinition;

type FlowsOf<W> = W extends { readonly [flows]?: infer Flows } ? Exclude<Flows, undefined> : never;

type IsAny<T> = 0 extends 1 & T ? true : false;

/**
 * The names that `run` and `start` take. A class does not tell the compiler which of its methods are flows, so the name of a task gets
 * through to `NotAFlowError`; a name that is no method does not.
 */
export type FlowName<W extends WorkflowRef> =
  IsAny<W> extends true
    ? string
    : W extends Class<infer T>
      ? MethodName<T>
      : keyof FlowsOf<W> extends never
        ? string
        : keyof FlowsOf<W> & string;

/** `string` where nothing is known of the class. */
type MethodName<T> = keyof T extends never
  ? string
  : { [K in keyof T]-?: T[K] extends AnyFunction ? K : never }[keyof T] & string;

/** The type of a flow's input; `void` when it takes none. */
export type FlowInput<W extends WorkflowRef, F extends string> =
  W extends Class<infer T>
    ? F extends keyof T
      ? T[F] extends AnyFunction
        ? InputOf<Parameters<T[F]>>
        : unknown
      : unknown
    : F extends keyof FlowsOf<W>
      ? FlowsOf<W>[F] extends FlowTypes<infer Input, unknown>
        ? Input
        : unknown
      : unknown;

/** What a run of the flow results in. */
export type FlowOutput<W extends WorkflowRef, F extends string> =
  W extends Class<infer T>
    ? F extends keyof T
      ? NodeResult<T[F]>
      : unknown
    : F extends keyof FlowsOf<W>
      ? FlowsOf<W>[F] extends FlowTypes<unknown, infer Output>
        ? Output
        : unknown
      : unknown;

/** The context tells, where it is declared; a flow without one has no dependencies, and gets the input first. */
export type InputOf<P extends readonly unknown[]> =
  IsContext<LastOf<P>> extends true
    ? LastOf<P> extends { readonly input: infer Input }
      ? Input
      : never
    : P extends readonly []
      ? void
      : P[0];
