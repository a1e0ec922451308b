import { DefinitionError } from '../core/errors/definition-error';
import { buildGraph } from '../graph/build-graph';
import { IssueList } from '../graph/issue';
import { kindOf } from '../graph/option-reader';
import type { NodeSource } from '../graph/workflow-source';
import type {
  BuilderFlowInput,
  CheckedDependencies,
  CheckedFlow,
  CompensationOf,
  NewName,
  NodeFunctionOf,
  NodeType,
  TaskName,
} from './builder-types';
import type { IsDynamic, IsMapped } from './edge-arguments';
import type { Dependency } from './edges';
import type { CompensateOptions, DefineWorkflowOptions, FlowOptions, TaskOptions } from './options';
import type { NodeResult } from './stored';
import type { NodeFunction } from './workflow-definition';
import type { FlowTypes, TypedWorkflowDefinition } from './workflow-types';

/**
 * Starts a workflow without a class or decorators, for graphs made at run time and for those who like functions better. It comes to the same
 * definition, with the same checks.
 *
 * @param name lower-case letters, digits, `.`, `_` and `-`
 * @typeParam Input the input of its flows, where their functions do not declare it
 * @example
 * const orders = defineWorkflow<Order>('orders')
 *   .task('validate', (order) => check(order))
 *   .task('pay', { dependsOn: ['validate'], retries: 3 }, (order, ctx) => charge(order, ctx.idempotencyKey))
 *   .flow('main', { dependsOn: ['pay'] }, (payment) => payment.id)
 *   .build();
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- unless the user says more, an input may be anything
export function defineWorkflow<Input = any>(name: string, options?: DefineWorkflowOptions): WorkflowBuilder<Input> {
  return new WorkflowBuilder<Input>(name, options);
}

/** The builder after a node was added. A name that is made at run time adds nothing that the compiler could know. */
type WithNode<Input, Nodes, Flows, Name extends string, Node extends NodeType> =
  IsDynamic<Name> extends true
    ? WorkflowBuilder<Input, Nodes, Flows>
    : WorkflowBuilder<Input, Nodes & { readonly [K in Name]: Node }, Flows>;

/** What `.flow()` adds to the flows. */
type WithFlow<Flows, Name extends string, Input, Output> = Flows & { readonly [K in Name]: FlowTypes<Input, Output> };

/**
 * Collects tasks, flows and compensations. Each call adds to this builder and returns it, typed with what was added; a loop may
 * ignore what is returned.
 */
export class WorkflowBuilder<Input, Nodes = {}, Flows = {}> {
  readonly #name: string;
  readonly #options: DefineWorkflowOptions | undefined;
  readonly #nodes: NodeSource[] = [];
  readonly #functions = new Map<string, NodeFunction>();
  readonly #issues: IssueList;

  constructor(name: string, options?: DefineWorkflowOptions) {
    this.#name = name;
    this.#options = options;
    this.#issues = new IssueList(String(name));
  }

  /** Adds a task: its name, its options, and the function that gets the values of its `dependsOn` and the context. */
  task<const Name extends string, F extends NodeFunctionOf<Nodes, [], Input>>(
    name: NewName<Nodes, Name>,
    fn: F,
  ): WithNode<Input, Nodes, Flows, Name, { result: NodeResult<F>; mapped: false }>;
  task<
    const Name extends string,
    const D extends readonly Dependency[] = [],
    F extends NodeFunctionOf<Nodes, D, Input> = NodeFunctionOf<Nodes, D, Input>,
  >(
    name: NewName<Nodes, Name>,
    options: TaskOptions<D> & CheckedDependencies<Nodes, D, 'task'>,
    fn: F,
  ): WithNode<Input, Nodes, Flows, Name, { result: NodeResult<F>; mapped: IsMapped<D> }>;
  task(name: string, ...rest: readonly unknown[]): never {
    return this.#add({ name, kind: 'task' }, rest) as never;
  }

  /** Adds a flow, an entry point of runs. Without dependencies its function gets the input. */
  flow<const Name extends string, F extends NodeFunctionOf<Nodes, [], Input>>(
    name: NewName<Nodes, Name>,
    fn: F,
  ): WithNode<
    Input,
    Nodes,
    WithFlow<Flows, Name, BuilderFlowInput<F, [], Input>, NodeResult<F>>,
    Name,
    { result: NodeResult<F>; mapped: false }
  >;
  flow<
    const Name extends string,
    const D extends readonly Dependency[] = [],
    F extends NodeFunctionOf<Nodes, D, Input> = NodeFunctionOf<Nodes, D, Input>,
    // eslint-disable-next-line @typescript-eslint/no-explicit-any -- without a schema any input will do
    Checked = any,
  >(
    name: NewName<Nodes, Name>,
    options: FlowOptions<D, Checked> & CheckedDependencies<Nodes, D, 'flow'>,
    fn: F & CheckedFlow<Checked, BuilderFlowInput<F, D, Input>>,
  ): WithNode<
    Input,
    Nodes,
    WithFlow<Flows, Name, BuilderFlowInput<F, D, Input>, NodeResult<F>>,
    Name,
    { result: NodeResult<F>; mapped: false }
  >;
  flow(name: string, ...rest: readonly unknown[]): never {
    return this.#add({ name, kind: 'flow' }, rest) as never;
  }

  /** Adds the compensation of a task, which is recorded as `<task>-compensation`. */
  compensate<const Name extends string>(task: TaskName<Nodes, Name>, fn: CompensationOf<Nodes, Name, Input>): this;
  compensate<const Name extends string>(
    task: TaskName<Nodes, Name>,
    options: CompensateOptions,
    fn: CompensationOf<Nodes, Name, Input>,
  ): this;
  compensate(task: string, ...rest: readonly unknown[]): this {
    return this.#add({ name: `${task}-compensation`, kind: 'compensation', compensates: task }, rest);
  }

  /**
   * Checks everything and returns the definition, which the runner takes like a class.
   *
   * @throws DefinitionError with everything that is wrong
   */
  build(): TypedWorkflowDefinition<Flows> {
    const { label } = this.#issues;
    const { graph, issues } = buildGraph({ name: this.#name, label, options: this.#options, nodes: this.#nodes });
    const all = [...this.#issues.issues, ...issues];
    if (graph === undefined || all.length > 0) throw new DefinitionError(label, all);
    return { graph, functions: new Map(this.#functions) };
  }

  #add(node: Pick<NodeSource, 'name' | 'kind' | 'compensates'>, rest: readonly unknown[]): this {
    const [options, fn] = rest.length > 1 ? rest : [undefined, rest[0]];
    if (typeof fn === 'function') {
      this.#nodes.push({ ...node, options, parameters: fn.length });
      this.#functions.set(node.name, fn as NodeFunction);
    } else {
      this.#nodes.push({ ...node, options, parameters: 0 });
      this.#issues.add(
        'NOT_A_FUNCTION',
        String(node.name),
        `a ${node.kind} needs a function as its last argument, got ${kindOf(fn)}`,
      );
    }
    return this;
  }
}
