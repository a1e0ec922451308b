import { ConfigurationError } from '../core/errors/definition-error';
import { FlowNotFoundError, NotAFlowError, WorkflowNotRegisteredError } from '../core/errors/run-errors';
import { definitionOf } from '../decorators/definition-of';
import type { Class, WorkflowDefinition } from '../decorators/workflow-definition';
import type { WorkflowRef } from '../decorators/workflow-types';
import type { FlowGraph } from '../graph/workflow-graph';
import type { CodeRef } from '../store/dispatch';
import type { ClaimedRun } from '../store/worker-lease';
import { isMappedOver } from '../graph/mapped-over';
import { elementsOf } from './restored-elements';

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
    this.claimable = {
      workflows: [...this.#byName.keys()],
      fingerprints: [...flows.map(({ fingerprint }) => fingerprint), ...this.definitions.map(withoutFlow)],
    };
  }

  /** Queues that workflows and flows name for their runs, and tasks for themselves. */
  get namedQueues(): string[] {
    const definitions = [...this.#byName.values()];
    return definitions.flatMap(({ graph }) => [...graph.nodes.values()].flatMap(({ options }) => options.queue ?? []));
  }

  /** Which tasks name a queue for themselves, in each of the flows that run them. */
  get queuedTasks(): (CodeRef & { readonly queue: string })[] {
    return this.definitions.flatMap(({ graph }) =>
      [...graph.flows.values()].flatMap((flow) =>
        flow.nodes.flatMap(({ kind, name, shape, options: { queue } }) =>
          kind === 'task' && queue !== undefined
            ? [{ workflow: graph.name, flow: flow.flow.name, node: name, shape, queue }]
            : [],
        ),
      ),
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
      const fingerprint = definition === undefined ? run.fingerprint : withoutFlow(definition);
      return { kind: 'incompatible', fingerprint, reason: `there is no flow "${run.flow}" any more` };
    }
    const reason = flow.fingerprint === run.fingerprint ? undefined : incompatibility(run, flow);
    if (reason !== undefined) return { kind: 'incompatible', fingerprint: flow.fingerprint, reason };
    return { kind: 'compatible', definition, flow };
  }
}

/** What a run is refused by when this code has not its flow: the whole workflow as it stands here. */
function withoutFlow({ graph }: WorkflowDefinition): string {
  return `workflow:${graph.fingerprint}`;
}

/** The first record that this code could not go on from. */
function incompatibility(run: ClaimedRun, flow: FlowGraph): string | undefined {
  for (const stored of run.nodes) {
    if (stored.status === 'PENDING') continue;
    const node = flow.byName.get(stored.node);
    if (node === undefined) return `"${stored.node}", which has a record, is gone`;
    if (node.shape !== stored.shape) return `"${stored.node}", which has a record, has other edges now`;
    const isArray = elementsOf(node, stored) !== undefined;
    if (stored.status === 'COMPLETED' && isMappedOver(node) && !isArray) {
      return `"${stored.node}", which is mapped over now, has a record that is no array`;
    }
  }
  return undefined;
}
