import type { NodeKind } from '../core/statuses';

/**
 * A workflow as it was written: what decorators and `defineWorkflow` have recorded, unchecked. Options are `unknown`
 * because JavaScript, and casts, can put anything there.
 */
export interface WorkflowSource {
  readonly name: string;
  /** How messages name the workflow: the class, or the workflow's name. */
  readonly label: string;
  /** The options of `@Workflow`, apart from `name`. */
  readonly options: unknown;
  /** In definition order, which decides ties everywhere. */
  readonly nodes: readonly NodeSource[];
}

/** A task, flow or compensation as it was written. */
export interface NodeSource {
  readonly name: string;
  readonly kind: NodeKind;
  readonly options: unknown;
  /** Of a compensation: the task that it names. */
  readonly compensates?: unknown;
  /** How many parameters its function requires (`Function.length`), where that is known. */
  readonly parameters?: number | undefined;
}
