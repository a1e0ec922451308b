import { ConfigurationError } from '../core/errors/definition-error';
import { FlowNotFoundError, NotAFlowError, WorkflowNotRegisteredError } from '../core/errors/run-errors';
import { definitionOf } from '../decorators/definition-of';
import type { Class, WorkflowDefinition } from '../decorators/workflow-definition';
import type { WorkflowRef } from '../decorators/workflow-types';
import type { FlowGraph } from '../graph/workflow-graph';
import type { ClaimedRun } from '../store/worker-lease';

/** What a claimed run is executed by, or why this code must not. */
export type Compatibility =
  | { readonly kind: 'compatible'; readonly definition: WorkflowDefinition; readonly flow: FlowGraph }
  | { readonly kind: 'incompatible'; readonly fingerprint: string; readonly reason: string };

/** The workflows that one runner knows, by name. */
export class DefinitionRegistry {
  readonly #byName = new Map<string, WorkflowDefinition>();
  /** What a claim asks for. */
  readonly claimable: { readonly workflows: readonly string[]; readonly fingerprints: readonly string[] };

  /** @throws DefinitionError with everything wrong with a workflow; ConfigurationError when two have one name */
  constructor(workflows: readonly WorkflowRef[]) {
    for (const workflow of workflows) {
      const definition = definitionOf(workflow);
      const { name } = definition.graph;
      if (this.#byName.has(name) && this.#byName.get(name) !== definition) {
        throw new ConfigurationError(`two of the workflows are named "${name}"; give one of them another name`);
      }
      this.#byName.set(name, definition);
    }
    const flows = [...this.#byName.values()].flatMap(({ graph }) => [...graph.flows.values()]);
    this.claimable = { workflows: [...this.#byName.keys()], fingerprints: flows.map(({ fingerprint }) => fingerprint) };
  }

  /** Queues that workflows and flows name for their runs. */
  get namedQueues(): string[] {
    const definitions = [...this.#byName.values()];
    return definitions.flatMap(({ graph }) =>
      [...graph.flows.values()].flatMap(({ flow }) => flow.options.queue ?? []),
    );
  }

  get definitions(): WorkflowDefinition[] {
    return [...this.#byName.values()];
  }

  /** The decorated classes among the workflows. */
  get classes(): Class[] {
    return this.definitions.flatMap(({ target }) => target ?? []);
  }

  byName(name: string): WorkflowDefinition | undefined {
    return this.#byName.get(name);
  }

  /** @throws WorkflowNotRegisteredError */
  require(workflow: WorkflowRef): WorkflowDefinition {
    return this.requireByName(definitionOf(workflow).graph.name);
  }

  /** @throws WorkflowNotRegisteredError */
  requireByName(name: string): WorkflowDefinition {
    const definition = this.#byName.get(name);
    if (definition === undefined) throw new WorkflowNotRegisteredError(name, [...this.#byName.keys()]);
    return definition;
  }

  /** @throws NotAFlowError, FlowNotFoundError */
  requireFlow({ graph }: WorkflowDefinition, name: string): FlowGraph {
    const flow = graph.flows.get(name);
    if (flow !== undefined) return flow;
    const flows = [...graph.flows.keys()];
    if (graph.nodes.has(name)) throw new NotAFlowError(graph.name, name, flows);
    throw new FlowNotFoundError(graph.name, name, flows);
  }

  /**
   * Whether a run that may have been started by other code can go on with this one: every node that has a record must still
   * stand with the same kind, edges and mapping. Nodes that have not started may have changed.
   */
  compatible(run: ClaimedRun): Compatibility {
    const definition = this.#byName.get(run.workflow);
    const flow = definition?.graph.flows.get(run.flow);
    if (definition === undefined || flow === undefined) {
      return { kind: 'incompatible', fingerprint: run.fingerprint, reason: `there is no flow "${run.flow}" any more` };
    }
    if (flow.fingerprint !== run.fingerprint) {
      for (const { node, shape, status } of run.nodes) {
        if (status === 'PENDING' || flow.byName.get(node)?.shape === shape) continue;
        const change = flow.byName.has(node) ? 'has other edges now' : 'is gone';
        return {
          kind: 'incompatible',
          fingerprint: flow.fingerprint,
          reason: `"${node}", which has a record, ${change}`,
        };
      }
    }
    return { kind: 'compatible', definition, flow };
  }
}
