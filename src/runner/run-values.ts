import { decode } from '../core/codec/decode';
import type { FailureRecord } from '../core/errors/failure-record';
import { decodeFailure, rebuildFailure } from '../core/errors/failure-record';
import type { Outcome, TaskError } from '../core/outcome';
import { describeReason } from '../core/reasons';
import type { NodeReason } from '../core/reasons';
import type { FlowEdge, FlowGraph, FlowNode } from '../graph/workflow-graph';
import { WHOLE } from '../planner/events';
import type { NodeRef } from '../planner/events';
import type { StoredNode } from '../store/stored-run';
import { CallTable } from './call-key';

/** What became of a node or instance, as far as its dependents care. */
export type NodeEnd =
  | { readonly status: 'COMPLETED'; readonly value: string }
  | { readonly status: 'FAILED'; readonly failure: FailureRecord }
  | { readonly status: 'SKIPPED' | 'CANCELLED'; readonly reason: NodeReason };

/** What a record says of its node's end; `undefined` while it has none. */
export function endOf({ status, output, error, reason }: StoredNode): NodeEnd | undefined {
  if (status === 'COMPLETED') return output === undefined ? undefined : { status, value: output };
  if (status === 'FAILED') return error === undefined ? undefined : { status, failure: decodeFailure(error) };
  const isLeftOut = status === 'SKIPPED' || status === 'CANCELLED';
  return isLeftOut && reason !== undefined ? { status, reason } : undefined;
}

/**
 * The values of one run, encoded, and the arguments made of them. Every argument is decoded anew for the attempt that gets it: what
 * one task does to its arguments no other sees, and a value is the same before and after a crash.
 */
export class RunValues {
  readonly #flow: FlowGraph;
  readonly #input: string;
  readonly #flowFailure: () => NodeRef | undefined;
  readonly #ends = new CallTable<NodeEnd>();
  /** The array that each mapped node maps over, decoded once for the first attempts of all its instances. */
  #arrays: Map<number, readonly unknown[]> | undefined;

  /** @param flowFailure whose failure the flow ended with, for the handlers of a flow that was SKIPPED by it */
  constructor(flow: FlowGraph, input: string, flowFailure: () => NodeRef | undefined) {
    this.#flow = flow;
    this.#input = input;
    this.#flowFailure = flowFailure;
  }

  set(node: FlowNode, index: number, end: NodeEnd): void {
    this.#ends.set(node, index, end);
  }

  get(node: FlowNode, index: number): NodeEnd | undefined {
    return this.#ends.get(node, index);
  }

  /** The arguments of a call, without the context. `isFirst`: no earlier attempt of it has seen (and perhaps changed) them. */
  argumentsOf(node: FlowNode, index: number, isFirst: boolean): unknown[] {
    if (node.undoes !== undefined) return [this.#value(node.undoes, index)];
    if (node.edges.length === 0) return [decode(this.#input)];
    return node.edges.map((edge) =>
      edge.rule === 'each' ? this.#element(node, edge.upstream, index, isFirst) : this.#argument(edge),
    );
  }

  #argument({ rule, upstream }: FlowEdge): unknown {
    switch (rule) {
      case 'completed':
      case 'optional':
        return this.#value(upstream);
      case 'settled':
        return this.#settled(upstream);
      case 'failed':
        return this.failureOf(upstream);
      case 'all':
        return this.#ends.instances(upstream).flatMap((end) => (end.status === 'COMPLETED' ? [decode(end.value)] : []));
      case 'allSettled':
        return this.#ends.instances(upstream).map((end) => this.#outcome(end));
      case 'each':
        throw new TypeError('an each edge has one argument per instance');
    }
  }

  /** A flow that was SKIPPED by a failure counts as FAILED for its handlers, with that error. */
  #settled(upstream: FlowNode): Outcome<unknown> {
    const end = this.#endOf(upstream);
    const isFailedFlow = upstream === this.#flow.flow && end.status === 'SKIPPED' && this.#flowFailure() !== undefined;
    return isFailedFlow ? { status: 'FAILED', error: this.failureOf(upstream) } : this.#outcome(end);
  }

  #value(upstream: FlowNode, index: number = WHOLE): unknown {
    const end = this.get(upstream, index);
    return end?.status === 'COMPLETED' ? decode(end.value) : undefined;
  }

  #element(node: FlowNode, upstream: FlowNode, index: number, isFirst: boolean): unknown {
    if (!isFirst) return (this.#value(upstream) as readonly unknown[])[index];
    this.#arrays ??= new Map();
    let array = this.#arrays.get(node.position);
    if (array === undefined) this.#arrays.set(node.position, (array = this.#value(upstream) as readonly unknown[]));
    return array[index];
  }

  /** The error of a node that FAILED; of a mapped one the lowest instance's, with all of them in `errors`; of a flow that was
   *  SKIPPED by a failure, that one. */
  failureOf(node: FlowNode): TaskError {
    const failures = node.mapped
      ? this.#ends.instances(node).flatMap((end) => (end.status === 'FAILED' ? [end.failure] : []))
      : [this.get(node, WHOLE)].flatMap((end) => (end?.status === 'FAILED' ? [end.failure] : []));
    const [first] = failures;
    if (first !== undefined) return rebuildFailure(first, node.mapped ? failures : undefined);
    const decisive = this.#flowFailure();
    const end = decisive && this.get(decisive.node, decisive.index);
    if (end?.status !== 'FAILED') throw new TypeError(`"${node.name}" has not failed`);
    return rebuildFailure(end.failure);
  }

  #endOf(node: FlowNode): NodeEnd {
    const end = this.get(node, WHOLE);
    if (end === undefined) throw new TypeError(`"${node.name}" has not ended`);
    return end;
  }

  #outcome(end: NodeEnd): Outcome<unknown> {
    if (end.status === 'COMPLETED') return { status: 'COMPLETED', value: decode(end.value) };
    if (end.status === 'FAILED') return { status: 'FAILED', error: rebuildFailure(end.failure) };
    return { status: end.status, reason: describeReason(end.reason) };
  }
}
