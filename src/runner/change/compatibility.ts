import { outlineOf, placesOf } from '../../graph/flow-outline';
import type { Place } from '../../graph/flow-outline';
import { findMisfit } from '../../graph/misfit';
import type { Misfit, RecordOutline } from '../../graph/misfit';
import type { FlowGraph } from '../../graph/workflow-graph';
import type { StoredNode } from '../../store/stored-run';
import type { ClaimedRun } from '../../store/worker-lease';
import type { DefinitionRegistry } from '../definition-registry';
import type { FlowCode } from './versioned-workflow';

/** What a claimed run is executed by, or why this code must not. */
export type Compatibility =
  | ({ readonly kind: 'compatible' } & FlowCode)
  | {
      readonly kind: 'incompatible';
      /** What the run remembers of this code. */
      readonly refusal: string;
      readonly why: Refusal;
    };

/**
 * Why code does not execute a run.
 *
 * - `other-version`: the run was begun by code of another version
 * - `no-flow`: the code has no flow of that name
 * - the rest: a record of the run has no place in its graph, see `Misfit`
 */
export type Refusal =
  | { readonly code: 'other-version'; readonly version: string; readonly versions: readonly string[] }
  | { readonly code: 'no-flow'; readonly flow: string }
  | Misfit;

/**
 * Whether a run that may have been begun by other code can go on with what is registered here: with code of its version, and of its
 * graph; or with a graph in which every node that has a record still stands. Nodes that have not started may have changed.
 */
export function compatibility(registry: DefinitionRegistry, run: ClaimedRun): Compatibility {
  const known = registry.byName(run.workflow);
  const eligible = known?.eligible(run) ?? [];
  const [first] = eligible;
  if (first?.flow.fingerprint === run.fingerprint) return { kind: 'compatible', ...first };
  let why: Refusal | undefined;
  const records = eligible.length === 0 ? [] : run.nodes.map(toRecordOutline);
  for (const code of eligible) {
    const misfit = findMisfit(records, placesIn(code.flow));
    if (misfit === undefined) return { kind: 'compatible', ...code };
    why ??= misfit;
  }
  why ??=
    run.version === undefined || (known?.permitted(run.version) ?? []).length > 0
      ? { code: 'no-flow', flow: run.flow }
      : { code: 'other-version', version: run.version, versions: known?.versions ?? [] };
  return { kind: 'incompatible', refusal: known?.tokenOf(run.flow) ?? run.fingerprint, why };
}

export function placesIn(flow: FlowGraph): ReadonlyMap<string, Place> {
  return placesOf(outlineOf(flow));
}

export function toRecordOutline({ node, kind, status, shape, elements, output }: StoredNode): RecordOutline {
  // An encoded array begins with a bracket, tags or not.
  return { node, kind, status, shape, isArray: elements !== undefined || output?.startsWith('[') === true };
}
