import type { Deferred } from '../core/deferred';
import type { FlowInput, FlowName, FlowOutput, WorkflowRef } from './workflow-types';

export interface ChildOptions {
  /**
   * What becomes of the child when its parent is CANCELLED or FAILS while it runs: it is cancelled, too, or left to go on. Default
   * `'cancel'`: nobody waits for it any more.
   */
  readonly onParentEnd?: 'cancel' | 'leave' | undefined;
}

/** The input of a child as a parameter: left out where its flow takes none. */
export type ChildArgs<W extends WorkflowRef, F extends FlowName<W>> =
  undefined extends FlowInput<W, F>
    ? [input?: FlowInput<W, F>, options?: ChildOptions]
    : [input: FlowInput<W, F>, options?: ChildOptions];

// Here, because what a workflow's flows take and give is no matter of core's, which states the rest of the context.
declare module '../core/task-context' {
  interface TaskContext<Input = unknown> {
    // Again: every part of an interface has all its parameters, and uses them.
    readonly input: Input;
    /**
     * A wait to return: starts a run of another flow, or of this one, and the task completes with its output. However often the task
     * is called, it is one child; a `retry` of the run starts a new one. It inherits priority, tags, and the queue where its own flow
     * names none.
     *
     * @throws ArgumentError, NotAFlowError, FlowNotFoundError; ValueNotStorableError for the input. The task FAILS with
     *   `ChildFailedError` or `ChildCancelledError` when the child does, without a retry
     * @example return ctx.child(Shipping, 'main', order);
     */
    child<W extends WorkflowRef, F extends FlowName<W>>(
      workflow: W,
      flow: F,
      ...args: ChildArgs<W, F>
    ): Deferred<FlowOutput<W, F>>;
  }
}
