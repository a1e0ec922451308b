import type { NodeKind } from '../core/statuses';
import type { Edge, EdgeRule } from './edge';
import type { NodeOptions } from './node-options';

/** What is compared of a node. Without `options` those are left out of the comparison. */
export interface ComparableNode {
  readonly name: string;
  readonly kind: NodeKind;
  readonly edges: readonly Edge[];
  readonly always?: boolean | undefined;
  readonly compensates?: string | undefined;
  readonly onFailure?: 'stop' | 'finish' | undefined;
  readonly options?: NodeOptions | undefined;
}

/**
 * One difference of two graphs.
 *
 * - `added`, `removed`: the node is only in the later one, only in the earlier one
 * - `renamed`: a guess. A node is gone, and another of the same kind and edges is new
 * - `kind-changed`: a task became a flow, or the like
 * - `edge-added`, `edge-removed`, `edge-changed` (its rule), `edge-replaced` (another upstream in its place)
 * - `edges-reordered`: the arguments come in another order
 * - `option-changed`: it holds from the next attempt on
 */
export type GraphChangeDetail =
  | { readonly code: 'added' | 'removed' }
  | { readonly code: 'renamed'; readonly before: string }
  | { readonly code: 'kind-changed'; readonly before: NodeKind; readonly after: NodeKind }
  | { readonly code: 'edge-added' | 'edge-removed'; readonly edge: Edge }
  | { readonly code: 'edge-changed'; readonly from: string; readonly before: EdgeRule; readonly after: EdgeRule }
  | { readonly code: 'edge-replaced'; readonly before: Edge; readonly after: Edge }
  | { readonly code: 'edges-reordered'; readonly before: readonly Edge[]; readonly after: readonly Edge[] }
  | {
      readonly code: 'option-changed';
      readonly option: string;
      readonly before: string;
      readonly after: string;
    };

export type GraphChange = GraphChangeDetail & {
  /** By its later name. */
  readonly node: string;
  readonly kind: NodeKind;
  /** No run that has a record of the node is stopped by it. */
  readonly isHarmless: boolean;
  readonly sentence: string;
};

/** Two graphs compared: as data, and in sentences. */
export interface GraphDiff {
  /** In the order of the later graph; what is gone comes last. */
  readonly changes: readonly GraphChange[];
  /** No run is stopped by it, wherever it is. */
  readonly isHarmless: boolean;
  /** A line for each change. */
  toString(): string;
}
