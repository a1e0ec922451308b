import type { WorkflowDefinition } from '../../decorators/workflow-definition';
import type { FlowGraph } from '../../graph/workflow-graph';
import { codeToken, mayExecute, withoutFlowToken } from './code-token';

/** What of a run decides by which code it may be executed. */
export interface RunRef {
  readonly workflow: string;
  readonly version?: string | undefined;
  readonly flow: string;
  readonly fingerprint?: string | undefined;
}

/** The code of one flow. */
export interface FlowCode {
  readonly definition: WorkflowDefinition;
  readonly flow: FlowGraph;
}

/** All versions of one workflow that a runner has. Most have one, and no version. */
export class VersionedWorkflow {
  readonly #definitions: WorkflowDefinition[];
  /** By flow, then by the run's version: asked for each run that is claimed. */
  readonly #eligible = new Map<string, Map<string | undefined, readonly FlowCode[]>>();

  constructor(definition: WorkflowDefinition) {
    this.#definitions = [definition];
  }

  add(definition: WorkflowDefinition): void {
    this.#definitions.push(definition);
    this.#eligible.clear();
  }

  /** In the order in which they were given. */
  get definitions(): readonly WorkflowDefinition[] {
    return this.#definitions;
  }

  /** For messages. */
  get versions(): readonly string[] {
    return this.#definitions.map(({ graph }) => graph.version ?? 'none');
  }

  get namedVersions(): readonly string[] {
    return this.#definitions.flatMap(({ graph }) => graph.version ?? []);
  }

  withVersion(version: string | undefined): WorkflowDefinition | undefined {
    return this.#definitions.find(({ graph }) => graph.version === version);
  }

  /** What may execute runs of this version: code of the same one first. */
  permitted(version: string | undefined): readonly WorkflowDefinition[] {
    const permitted = this.#definitions.filter(({ graph }) => mayExecute(graph.version, version));
    if (permitted.length < 2) return permitted;
    return [...permitted].sort((a, b) => Number(b.graph.version === version) - Number(a.graph.version === version));
  }

  /** The same, as far as it has the run's flow. */
  eligible({ version, flow }: Omit<RunRef, 'workflow'>): readonly FlowCode[] {
    const known = this.#eligible.get(flow)?.get(version);
    if (known !== undefined) return known;
    const found = this.#findEligible(version, flow);
    // Flows that are not here are not kept: what rows name has no bound.
    if (found.length === 0) return found;
    const byVersion = this.#eligible.get(flow) ?? new Map<string | undefined, readonly FlowCode[]>();
    this.#eligible.set(flow, byVersion.set(version, found));
    return found;
  }

  #findEligible(version: string | undefined, name: string): readonly FlowCode[] {
    return this.permitted(version).flatMap((definition): readonly FlowCode[] => {
      const flow = definition.graph.flows.get(name);
      return flow === undefined ? [] : [{ definition, flow }];
    });
  }

  /** Code of the run's version, or without one, that has the run's own graph. */
  ownCode(run: Omit<RunRef, 'workflow'>): FlowCode | undefined {
    return this.eligible(run).find(({ flow }) => flow.fingerprint === run.fingerprint);
  }

  /** The one with the run's own graph, if it is here. */
  codeOf(run: Omit<RunRef, 'workflow'>): FlowCode | undefined {
    return this.ownCode(run) ?? this.eligible(run)[0];
  }

  /** What a run of this flow is refused by, when none of these versions may or can execute it. */
  tokenOf(flow: string): string {
    const versions = this.#definitions.map(({ graph }) => ({
      version: graph.version,
      fingerprint: graph.flows.get(flow)?.fingerprint,
    }));
    return versions.some(({ fingerprint }) => fingerprint !== undefined) ? codeToken(versions) : this.#withoutFlow;
  }

  get #withoutFlow(): string {
    return withoutFlowToken(this.#definitions.map(({ graph }) => graph.fingerprint));
  }

  /** Every token that this code may leave with a run: such a run needs not be offered to it again. */
  get tokens(): readonly string[] {
    const flows = new Set(this.#definitions.flatMap(({ graph }) => [...graph.flows.keys()]));
    return [...[...flows].map((flow) => this.tokenOf(flow)), this.#withoutFlow];
  }
}
