import { isSealed, NO_CODEC } from '../../core/codec/sealed';
import { shapeOf } from '../../graph/fingerprint';
import { outlineOf, placesOf } from '../../graph/flow-outline';
import type { Place } from '../../graph/flow-outline';
import { findMisfit } from '../../graph/misfit';
import type { Misfit, RecordOutline } from '../../graph/misfit';
import type { FlowGraph } from '../../graph/workflow-graph';
import { WITHOUT_CODEC } from '../../store/payloads-token';
import type { StoredNode } from '../../store/stored-run';
import type { ClaimedRun } from '../../store/worker-lease';
import type { DefinitionRegistry } from '../definition-registry';
import type { FlowCode, RunRef, VersionedWorkflow } from './versioned-workflow';

/**
 * Why code does not execute a run.
 *
 * - `other-version`: the run was begun by code of another version
 * - `no-flow`: the code has no flow of that name
 * - `sealed`: its values could not be opened here
 * - the rest: a record of the run has no place in its graph, see `Misfit`
 */
export type Refusal =
  | { readonly code: 'other-version'; readonly version: string; readonly versions: readonly string[] }
  | { readonly code: 'no-flow'; readonly flow: string }
  | { readonly code: 'sealed'; readonly problem: string | undefined }
  | Misfit;

/** By what a run can go on, or why it cannot. */
export type Judgement =
  | { readonly kind: 'compatible'; readonly code: FlowCode }
  /** `code`: whose graph the misfit is one with. */
  | { readonly kind: 'incompatible'; readonly why: Refusal; readonly code: FlowCode | undefined };

/** What a claimed run is executed by, or why this code must not. */
export type Compatibility =
  | ({ readonly kind: 'compatible' } & FlowCode)
  /** `refusal`: what the run remembers of this code. */
  | { readonly kind: 'incompatible'; readonly refusal: string; readonly why: Refusal };

/** Whether a claimed run can go on with what is registered here. */
export function compatibility(registry: DefinitionRegistry, run: ClaimedRun): Compatibility {
  const sealed = run.sealed ?? sealedWithoutCodec(run);
  if (sealed !== undefined) {
    const { problem, token } = sealed;
    return { kind: 'incompatible', refusal: token, why: { code: 'sealed', problem } };
  }
  const known = registry.byName(run.workflow);
  if (known === undefined)
    return { kind: 'incompatible', refusal: run.fingerprint, why: { code: 'no-flow', flow: run.flow } };
  const judgement = judge(known, run, () => run.nodes.map(toRecordOutline));
  if (judgement.kind === 'compatible') return { kind: 'compatible', ...judgement.code };
  return { kind: 'incompatible', refusal: known.tokenOf(run.flow), why: judgement.why };
}

/** Where there is a payload codec, nothing that it hands on is sealed. */
function sealedWithoutCodec({ input, nodes }: ClaimedRun): ClaimedRun['sealed'] {
  return isAnySealed(input, nodes) ? { problem: NO_CODEC, token: WITHOUT_CODEC } : undefined;
}

/** Whether one of the values of a run, or of a call, is still as it is stored where there is a payload codec. */
export function isAnySealed(input: string, nodes: readonly StoredNode[]): boolean {
  return isSealed(input) || nodes.some(({ output }) => output !== undefined && isSealed(output));
}

/**
 * A run that may have been begun by other code can go on with code of its version, and of its graph; or with a graph in which every
 * node that has a record still stands. Nodes that have not started may have changed.
 */
export function judge(
  known: VersionedWorkflow,
  run: Omit<RunRef, 'workflow'>,
  recordsOf: () => readonly RecordOutline[],
): Judgement {
  const eligible = known.eligible(run);
  const [first] = eligible;
  if (first === undefined) return { kind: 'incompatible', why: withoutCode(known, run), code: undefined };
  const records = recordsOf();
  // Compensations are no part of the fingerprint.
  const hasUndone = records.some(({ kind }) => kind === 'compensation');
  if (first.flow.fingerprint === run.fingerprint && !hasUndone) return { kind: 'compatible', code: first };
  let refused: Judgement | undefined;
  for (const code of eligible) {
    const misfit = findMisfit(records, placesFor(code));
    if (misfit === undefined) return { kind: 'compatible', code };
    refused ??= { kind: 'incompatible', why: misfit, code };
  }
  return refused as Judgement;
}

function withoutCode(known: VersionedWorkflow, { version, flow }: Omit<RunRef, 'workflow'>): Refusal {
  if (version === undefined || known.permitted(version).length > 0) return { code: 'no-flow', flow };
  return { code: 'other-version', version, versions: known.versions };
}

/** With the compensations, which are of the workflow and not of one flow. */
function placesFor({ definition, flow }: FlowCode): ReadonlyMap<string, Place> {
  const places = new Map(placesIn(flow));
  for (const node of definition.graph.nodes.values()) {
    if (node.kind === 'compensation') places.set(node.name, { shape: shapeOf(node), isMappedOver: false });
  }
  return places;
}

export function placesIn(flow: FlowGraph): ReadonlyMap<string, Place> {
  return placesOf(outlineOf(flow));
}

function toRecordOutline({ node, kind, status, shape, elements, output }: StoredNode): RecordOutline {
  // An encoded array begins with a bracket, tags or not.
  return { node, kind, status, shape, isArray: elements !== undefined || output?.startsWith('[') === true };
}

/** The same of the records of a stored run, for explanations. */
export function recordOutlines(nodes: readonly StoredNode[]): readonly RecordOutline[] {
  return nodes.map(toRecordOutline);
}
