import type { Store } from '../store/store';
import { findGraphs } from './change/stored-outlines';
import type { DefinitionRegistry } from './definition-registry';
import { toRunRecord } from './run-record';
import type { RunRecord } from './run-record';

export interface GetRunSource {
  readonly store: Store;
  readonly registry: DefinitionRegistry;
}

/** A run with all its nodes; of one that other code began, those without a record are told by the graph that is kept of that code. */
export async function getRun({ store, registry }: GetRunSource, runId: string): Promise<RunRecord | undefined> {
  const run = await store.findRun({ runId });
  if (run === undefined) return undefined;
  const { fingerprint } = run;
  const flow = registry.codeOf(run)?.flow;
  if (flow?.fingerprint === fingerprint) return toRunRecord(run, { nodes: flow.nodes, flow });
  // Empty as long as it is open which flow a held run will be.
  const graphs = fingerprint === '' ? undefined : await findGraphs(store, [fingerprint]);
  return toRunRecord(run, { nodes: graphs?.get(fingerprint) ?? [] });
}
