import type { WorkflowGraph } from '../graph/workflow-graph';

/** Any class. Abstractness and arguments do not matter: the container constructs it. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- only any[] accepts every constructor
export type Class<T = object> = new (...args: any[]) => T;

/** A function that a node calls, its arguments being the values of its edges and the context. */
export type NodeFunction = (...args: never[]) => unknown;

/**
 * A workflow ready to run: its validated graph, and where the methods are. Both `@Workflow` classes and `defineWorkflow`
 * come to this, and the engine sees nothing else.
 */
export interface WorkflowDefinition {
  readonly graph: WorkflowGraph;
  /** The decorated class; its instances have a method per node. */
  readonly target?: Class | undefined;
  /** Without a class: the function of every node, by name. */
  readonly functions?: ReadonlyMap<string, NodeFunction> | undefined;
}
