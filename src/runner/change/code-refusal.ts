import { diffGraphs } from '../../graph/diff-graphs';
import { placesOf } from '../../graph/flow-outline';
import type { FlowOutline } from '../../graph/flow-outline';
import type { GraphChange, GraphDiff } from '../../graph/graph-change';
import { findMisfit } from '../../graph/misfit';
import { isPayloadsToken } from '../../store/payloads-token';
import type { Store } from '../../store/store';
import type { StoredRun } from '../../store/stored-run';
import { mayExecute, readCodeToken } from './code-token';
import { recordOutlines } from './compatibility';
import type { Refusal } from './compatibility';
import { refusalSentence } from './refusal-sentence';
import { findGraphs } from './stored-outlines';

/** Why some code that claimed a run did not go on with it. */
export interface CodeRefusal {
  /**
   * - `other-version`: the run was begun by another version of the code
   * - `no-flow`: there is no such flow any more
   * - `sealed`: that worker could not open its values; see the option `payloads`
   * - `gone`, `changed`, `not-an-array`: `node`, which has a record, is not there, has another kind or other edges, or is mapped over
   *   now although its value is no array
   * - `unknown`: no runner on this database has said what that code looks like
   */
  readonly code: Refusal['code'] | 'unknown';
  /** Of the code that refused it, where it has some. */
  readonly versions: readonly string[];
  readonly node: string | undefined;
  /** What that code has changed, harmless changes included; empty where one of the graphs is not known. */
  readonly changes: readonly GraphChange[];
  readonly sentence: string;
}

/** What is known of the code that refused a run. */
export async function readRefusals(
  store: Store,
  run: Pick<StoredRun, 'version' | 'flow' | 'fingerprint' | 'refused' | 'nodes'>,
): Promise<readonly CodeRefusal[]> {
  if (run.refused.length === 0) return [];
  const codes = run.refused.filter((token) => !isPayloadsToken(token)).flatMap(readCodeToken);
  const graphs = await findGraphs(store, [run.fingerprint, ...codes.flatMap(({ fingerprint }) => fingerprint ?? [])]);
  return run.refused.map((token) => refusalOf(run, token, graphs));
}

function refusalOf(
  run: Pick<StoredRun, 'version' | 'flow' | 'fingerprint' | 'nodes'>,
  token: string,
  graphs: ReadonlyMap<string, FlowOutline>,
): CodeRefusal {
  if (isPayloadsToken(token)) return toRefusal({ code: 'sealed', problem: undefined }, []);
  const codes = readCodeToken(token);
  const versions = codes.flatMap(({ version }) => version ?? []);
  const permitted = codes.filter(({ version }) => mayExecute(version, run.version));
  if (run.version !== undefined && codes.length > 0 && permitted.length === 0) {
    return toRefusal({ code: 'other-version', version: run.version, versions }, versions);
  }
  const fingerprint = permitted.find((code) => code.fingerprint !== undefined)?.fingerprint;
  if (fingerprint === undefined) return toRefusal({ code: 'no-flow', flow: run.flow }, versions);
  const before = graphs.get(run.fingerprint);
  const after = graphs.get(fingerprint);
  // Compensations are no part of a flow's graph: what is wrong with one is not told.
  const records = recordOutlines(run.nodes).filter(({ kind }) => kind !== 'compensation');
  const misfit = after && findMisfit(records, placesOf(after));
  if (after === undefined || misfit === undefined) {
    const sentence = 'one version of it did not fit its records';
    return { code: 'unknown', versions, node: undefined, changes: [], sentence };
  }
  return toRefusal(misfit, versions, before && diffGraphs(before, after));
}

export function toRefusal(why: Refusal, versions: readonly string[], diff?: GraphDiff): CodeRefusal {
  const node = 'node' in why ? why.node : undefined;
  return { code: why.code, versions, node, changes: diff?.changes ?? [], sentence: refusalSentence(why, diff) };
}
