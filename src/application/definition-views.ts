import type { WorkflowDefinition } from '../decorators/workflow-definition';
import type { FlowGraph, GraphNode } from '../graph/workflow-graph';
import type { FlowPlan } from '../runner/plan/flow-plan';
import { compact } from './run-views';
import { toJson } from './to-json';
import type { DefinitionView, PlanView } from './views';

export function toDefinitionView({ graph }: WorkflowDefinition): DefinitionView {
  return compact({
    name: graph.name,
    version: graph.version,
    fingerprint: graph.fingerprint,
    flows: [...graph.flows.values()].map(toFlowView),
    nodes: [...graph.nodes.values()].map(toNodeView),
    mermaid: graph.toMermaid(),
  }) as DefinitionView;
}

function toFlowView({ flow, inputJsonSchema, schedule, onFailure, fingerprint, nodes }: FlowGraph) {
  return compact({
    name: flow.name,
    inputSchema: inputJsonSchema && toJson(inputJsonSchema),
    schedule: schedule && { cron: schedule.cron, timeZone: schedule.timeZone },
    onFailure,
    fingerprint,
    nodes: nodes.map(({ name }) => name),
  });
}

function toNodeView({ name, kind, edges, mapped, always, compensates, options }: GraphNode) {
  return compact({
    name,
    kind,
    dependsOn: edges.map(({ from, rule }) => ({ task: from, rule })),
    isMapped: mapped,
    always,
    compensates,
    queue: options.queue,
  });
}

export function toPlanView(plan: FlowPlan): PlanView {
  const { workflow, flow, order, waves, criticalPath, worstCase, notes } = plan;
  const { durationMs, calls } = worstCase;
  const bounded = { durationMs: Number.isFinite(durationMs) ? durationMs : null, calls };
  return { workflow, flow, order, waves, criticalPath, worstCase: bounded, notes, text: String(plan) };
}
