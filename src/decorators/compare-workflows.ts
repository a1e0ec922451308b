import { diffGraphs } from '../graph/diff-graphs';
import type { GraphDiff } from '../graph/graph-change';
import type { WorkflowGraph } from '../graph/workflow-graph';
import { definitionOf } from './definition-of';
import type { WorkflowRef } from './workflow-types';

/**
 * What is different in `after`: as data, and in sentences. Which runs are stopped by it `runner.affectedRuns` tells.
 *
 * @param before a workflow, or the graph of one
 * @example
 * console.log(String(compareWorkflows(OrderWorkflowV1, OrderWorkflowV2)));
 * // task "check" is new
 * // task "pay" now also needs "check"
 */
export function compareWorkflows(before: WorkflowRef | WorkflowGraph, after: WorkflowRef | WorkflowGraph): GraphDiff {
  return diffGraphs(graphOf(before).nodes.values(), graphOf(after).nodes.values());
}

function graphOf(workflow: WorkflowRef | WorkflowGraph): WorkflowGraph {
  const { nodes } = Object(workflow) as Partial<WorkflowGraph>;
  return nodes instanceof Map ? (workflow as WorkflowGraph) : definitionOf(workflow as WorkflowRef).graph;
}
