import { ArgumentError } from '../../core/errors/definition-error';
import type { NodeStatus, RunStatus } from '../../core/statuses';
import { findNode } from '../../graph/find-node';
import type { FlowGraph, FlowNode } from '../../graph/workflow-graph';
import type { StoredNode, StoredRun } from '../../store/stored-run';
import type { CodeRefusal } from '../change/code-refusal';
import type { Fleet } from './fleet';
import { callKey, openCalls, withOpenCalls } from './call-reason';
import { isUndoing, isWanted } from './compensation-reason';
import { nodeReason } from './node-reason';
import type { KnownNode, NodeContext } from './node-reason';
import { nodeSentence } from './node-sentence';
import type { ExplainedNodeReason, ExplainedRunReason } from './reasons';
import { runReason } from './run-reason';
import { nodeName, runSentence } from './run-sentence';

export interface ExplainedRun {
  readonly id: string;
  readonly workflow: string;
  readonly flow: string;
  readonly status: RunStatus;
  readonly reason: ExplainedRunReason;
  readonly sentence: string;
  /** False when the code that began the run is not registered here: nodes without a record are left out then. */
  readonly isCodeKnown: boolean;
}

export interface ExplainedNode {
  readonly task: string;
  /** Of an instance of a mapped task. */
  readonly index?: number;
  readonly status: NodeStatus;
  readonly reason: ExplainedNodeReason;
  readonly sentence: string;
}

/** Why a run, and each of its nodes, is not running now: as data, and in sentences. `toString` is all of it for people. */
export class Explanation {
  readonly run: ExplainedRun;
  /** In definition order: the node asked for, otherwise every node that is not COMPLETED. */
  readonly nodes: readonly ExplainedNode[];

  /** @internal explanations come from `WorkflowRunner.explain` */
  constructor(run: ExplainedRun, nodes: readonly ExplainedNode[]) {
    this.run = run;
    this.nodes = nodes;
  }

  toString(): string {
    const { id, workflow, flow, status, sentence, isCodeKnown } = this.run;
    const name = flow === '' ? workflow : `${workflow}.${flow}`;
    const lines = [`run ${id} of ${name} is ${status}: ${sentence}`];
    for (const node of this.nodes) lines.push(`  ${nodeName(node)} is ${node.status}: ${node.sentence}`);
    if (!isCodeKnown)
      lines.push('  the code that began it is not registered here: nodes without a record are left out');
    return lines.join('\n');
  }
}

/**
 * Explains a run from its records alone.
 *
 * @param flow the graph of the run's flow as it is registered here, if it is
 * @param before how many runs a claim would take before this one
 * @param task only this node, whatever its status
 * @param refusals what is known of the code that refused the run
 * @throws ArgumentError when the flow has no such node
 */
export function explainRun(
  run: StoredRun,
  flow: FlowGraph | undefined,
  fleet: Fleet,
  before: number,
  task?: string,
  refusals: readonly CodeRefusal[] = [],
): Explanation {
  const known = flow?.fingerprint === run.fingerprint ? flow : undefined;
  const reason = runReason(run, fleet, before, refusals);
  const calls = openCalls(run);
  const records = withOpenCalls(run, calls);
  const wholes = new Map(records.filter(({ index }) => index < 0).map((stored) => [stored.node, stored]));
  const context: NodeContext = { run, flow: known, wholes, runReason: reason, fleet, calls };
  const nodes = knownNodes(records, known, toBeUndone(context, task), wholes).filter(({ name, status }) =>
    task === undefined ? status !== 'COMPLETED' : name === task,
  );
  if (task !== undefined && nodes.length === 0 && !records.some(({ node }) => node === task)) refuse(task, known);
  const { id, workflow, status } = run;
  const sentence = runSentence(reason, fleet.now);
  return new Explanation(
    { id, workflow, flow: run.flow, status, reason, sentence, isCodeKnown: known !== undefined },
    nodes.map((node) => explainNode(context, node)),
  );
}

interface NamedNode extends KnownNode {
  readonly name: string;
  readonly status: NodeStatus;
}

function explainNode(context: NodeContext, { name, status, ...known }: NamedNode): ExplainedNode {
  const { index = -1, attempt = 0 } = known.stored ?? {};
  const reason = nodeReason(context, known, context.calls.get(callKey({ node: name, index })));
  const sentence = nodeSentence(
    reason,
    { status, attempt, isWait: known.stored?.wait !== undefined },
    context.fleet.now,
  );
  return { task: name, ...(index >= 0 && { index }), status, reason, sentence };
}

/** The compensations that are to be told of though they have no record: that are to be called, or are asked for. */
function toBeUndone(context: NodeContext, task: string | undefined): readonly FlowNode[] {
  const all = [...(context.flow?.compensations.values() ?? [])];
  if (task !== undefined) return all.filter(({ name }) => name === task);
  return isUndoing(context) ? all.filter((one) => isWanted(context, one)) : [];
}

/** In definition order, a mapped node before its instances; what has a record but no code comes last. */
function knownNodes(
  nodes: readonly StoredNode[],
  flow: FlowGraph | undefined,
  compensations: readonly FlowNode[],
  wholes: ReadonlyMap<string, StoredNode>,
): readonly NamedNode[] {
  const records = new Map<string, StoredNode[]>();
  for (const { name } of [...(flow?.nodes ?? []), ...compensations]) records.set(name, []);
  for (const stored of nodes) {
    const known = records.get(stored.node);
    if (known === undefined) records.set(stored.node, [stored]);
    else known.push(stored);
  }
  return [...records].flatMap(([name, found]): readonly NamedNode[] => {
    const node = flow && findNode(flow, name);
    // A retry may have begun anew with a shorter array: what lay behind its end is history only.
    const elements = wholes.get(name)?.elements ?? Infinity;
    const shown = found.filter(({ index }) => index < elements).sort((a, b) => a.index - b.index);
    if (shown.length === 0) return [{ name, status: 'PENDING', node, stored: undefined }];
    return shown.map((stored) => ({ name, status: stored.status, node, stored }));
  });
}

function refuse(task: string, flow: FlowGraph | undefined): never {
  throw new ArgumentError(
    flow === undefined
      ? `explain.task names "${task}", which has no record in this run, and the code that began it is not registered here`
      : `explain.task names "${task}", which is no node of flow "${flow.flow.name}"; its nodes are ${[...flow.byName.keys(), ...flow.compensations.keys()].join(', ')}`,
  );
}
