import { hashOf } from '../core/codec/hash';
import { uuidOf } from '../core/ids';
import type { FlowGraph, FlowNode } from '../graph/workflow-graph';
import { WHOLE } from '../planner/events';
import type { NodeRef } from '../planner/events';

/** One number per (node, index) of a flow, to key maps by; `index` is -1 for a node as a whole. */
export function callKey(flow: FlowGraph, node: FlowNode, index: number): number {
  return node.position + (flow.nodes.length + flow.compensations.size) * (index + 1);
}

/** The same for whoever has no flow at hand. */
export function refKey({ node, index }: NodeRef): string {
  return `${node.position}:${index}`;
}

/** One thing for each call of a run: nodes as a whole are few and dense, instances are many or none and come in any order. */
export class CallTable<T> {
  readonly #whole: (T | undefined)[] = [];
  #instances: Map<number, Map<number, T>> | undefined;

  get(node: FlowNode, index: number): T | undefined {
    if (index === WHOLE) return this.#whole[node.position];
    return this.#instances?.get(node.position)?.get(index);
  }

  set(node: FlowNode, index: number, thing: T): void {
    if (index === WHOLE) this.#whole[node.position] = thing;
    else this.#instancesOf(node).set(index, thing);
  }

  /** What the instances of a mapped node have, in element order. */
  instances(node: FlowNode): T[] {
    const instances = this.#instances?.get(node.position);
    if (instances === undefined) return [];
    return [...instances].sort(([a], [b]) => a - b).map(([, thing]) => thing);
  }

  #instancesOf(node: FlowNode): Map<number, T> {
    this.#instances ??= new Map();
    let instances = this.#instances.get(node.position);
    if (instances === undefined) this.#instances.set(node.position, (instances = new Map()));
    return instances;
  }
}

/** Same in every attempt; a node that had completed and was reset is to have its effect again, and gets another one. */
export function idempotencyKey(runId: string, { node, index }: NodeRef, resetIn: number | undefined): string {
  return `${runId}:${node.name}${index < 0 ? '' : `:${index}`}${resetIn === undefined ? '' : `#${resetIn}`}`;
}

/** The child that a call of this generation asks for, however often it is made. */
export function childIdOf(
  { id, generation }: { readonly id: string; readonly generation: number },
  { node, index }: NodeRef,
): string {
  return uuidOf(hashOf(JSON.stringify([id, node.name, index, generation])));
}
