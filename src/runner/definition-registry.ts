import { ConfigurationError } from '../core/errors/definition-error';
import { FlowNotFoundError, NotAFlowError, WorkflowNotRegisteredError } from '../core/errors/run-errors';
import { definitionOf } from '../decorators/definition-of';
import type { Class, WorkflowDefinition } from '../decorators/workflow-definition';
import type { WorkflowRef } from '../decorators/workflow-types';
import { findNode } from '../graph/find-node';
import type { FlowGraph, FlowNode } from '../graph/workflow-graph';
import type { CodeRef } from '../store/dispatch';
import { WITHOUT_CODEC } from '../store/payloads-token';
import { VersionedWorkflow } from './change/versioned-workflow';
import type { FlowCode, RunRef } from './change/versioned-workflow';

/** The workflows that one runner knows, by name and version. */
export class DefinitionRegistry {
  readonly #byName = new Map<string, VersionedWorkflow>();
  /** What a claim asks for. */
  readonly claimable: { readonly workflows: readonly string[]; readonly fingerprints: readonly string[] };

  /**
   * @throws DefinitionError with everything wrong with a workflow; ConfigurationError when `workflows` is no array, or two of them have one
   * name and version
   */
  constructor(workflows: readonly WorkflowRef[]) {
    if (!Array.isArray(workflows)) {
      throw new ConfigurationError(
        `workflows must be an array of classes with @Workflow, or of what defineWorkflow(…).build() returns, got ${typeof workflows}`,
      );
    }
    for (const workflow of workflows) this.#add(definitionOf(workflow));
    const known = [...this.#byName.values()];
    this.claimable = {
      workflows: [...this.#byName.keys()],
      fingerprints: [...known.flatMap(({ tokens }) => tokens), WITHOUT_CODEC],
    };
  }

  #add(definition: WorkflowDefinition): void {
    const { name, version } = definition.graph;
    const known = this.#byName.get(name);
    const same = known?.withVersion(version);
    if (known === undefined) this.#byName.set(name, new VersionedWorkflow(definition));
    else if (same === undefined) known.add(definition);
    else if (same !== definition) {
      const which = version === undefined ? 'and have no version' : `and have version "${version}"`;
      throw new ConfigurationError(
        `two of the workflows are named "${name}" ${which}; give one of them another name, or a version of its own`,
      );
    }
  }

  /** Queues that workflows and flows name for their runs, and tasks for themselves. */
  get namedQueues(): string[] {
    return this.definitions.flatMap(({ graph }) =>
      [...graph.nodes.values()].flatMap(({ options }) => options.queue ?? []),
    );
  }

  /** Which tasks and compensations name a queue for themselves, in each of the flows that run them. */
  get queuedTasks(): (CodeRef & { readonly queue: string })[] {
    return this.definitions.flatMap(({ graph }) =>
      [...graph.flows.values()].flatMap((flow) =>
        [...flow.nodes, ...flow.compensations.values()].flatMap(({ kind, name, shape, options: { queue } }) =>
          kind !== 'flow' && queue !== undefined
            ? [{ workflow: graph.name, version: graph.version, flow: flow.flow.name, node: name, shape, queue }]
            : [],
        ),
      ),
    );
  }

  get definitions(): WorkflowDefinition[] {
    return [...this.#byName.values()].flatMap(({ definitions }) => definitions);
  }

  /** The decorated classes among the workflows. */
  get classes(): Class[] {
    return this.definitions.flatMap(({ target }) => target ?? []);
  }

  byName(name: string): VersionedWorkflow | undefined {
    return this.#byName.get(name);
  }

  /** The code for a run, as far as its version goes: that of its own graph if it is here. It need not fit the run's records. */
  codeOf(run: RunRef): FlowCode | undefined {
    return this.#byName.get(run.workflow)?.codeOf(run);
  }

  /** The code for a call of another worker's run. */
  codeOfCall(
    call: RunRef & { readonly node: string; readonly shape: string },
  ): (FlowCode & { readonly node: FlowNode }) | undefined {
    for (const code of this.#byName.get(call.workflow)?.eligible(call) ?? []) {
      const node = findNode(code.flow, call.node);
      if (node?.shape === call.shape) return { ...code, node };
    }
    return undefined;
  }

  /** @throws WorkflowNotRegisteredError */
  require(workflow: WorkflowRef): WorkflowDefinition {
    const { name, version } = definitionOf(workflow).graph;
    const known = this.requireByName(name);
    const definition = known.withVersion(version);
    if (definition === undefined) throw new WorkflowNotRegisteredError(name, known.versions, version ?? 'none');
    return definition;
  }

  /** @throws WorkflowNotRegisteredError */
  requireByName(name: string): VersionedWorkflow {
    const known = this.#byName.get(name);
    if (known === undefined) throw new WorkflowNotRegisteredError(name, [...this.#byName.keys()]);
    return known;
  }

  /** That of several versions which was named first. @throws WorkflowNotRegisteredError */
  firstNamed(name: string): WorkflowDefinition {
    return this.requireByName(name).definitions[0] as WorkflowDefinition;
  }

  /** The code that may execute a run. @throws WorkflowNotRegisteredError, FlowNotFoundError */
  requireCode(run: RunRef): FlowCode {
    const known = this.requireByName(run.workflow);
    const code = known.codeOf(run);
    if (code !== undefined) return code;
    const definition = known.permitted(run.version)[0];
    if (definition === undefined)
      throw new WorkflowNotRegisteredError(run.workflow, known.versions, run.version ?? 'none');
    return { definition, flow: this.requireFlow(definition, run.flow) };
  }

  /** @throws NotAFlowError, FlowNotFoundError */
  requireFlow({ graph }: WorkflowDefinition, name: string): FlowGraph {
    const flow = graph.flows.get(name);
    if (flow !== undefined) return flow;
    const flows = [...graph.flows.keys()];
    if (graph.nodes.has(name)) throw new NotAFlowError(graph.name, name, flows);
    throw new FlowNotFoundError(graph.name, name, flows);
  }
}
