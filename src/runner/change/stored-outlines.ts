import { shapeOf } from '../../graph/fingerprint';
import type { FlowOutline } from '../../graph/flow-outline';
import { outlineOf } from '../../graph/flow-outline';
import type { TypeflowLogger } from '../../core/logger';
import type { OutlinedRun } from '../../store/reuse';
import type { Store } from '../../store/store';
import type { DefinitionRegistry } from '../definition-registry';

/**
 * Keeps the graphs of all flows that a runner has, so that what changed can be told when this code is gone. Nothing that executes runs
 * needs them: a runner that may not write them is none the worse.
 */
export async function keepGraphs({ store, registry, logger }: KeepGraphsParams): Promise<void> {
  const flows = registry.definitions.flatMap(({ graph }) => [...graph.flows.values()]);
  const graphs = [...new Map(flows.map((flow) => [flow.fingerprint, flow]))].map(([fingerprint, flow]) => ({
    fingerprint,
    outline: JSON.stringify(outlineOf(flow)),
  }));
  try {
    await store.graphs.keep({ graphs });
  } catch (error) {
    logger.warn(
      { err: error },
      'the graphs of the workflows could not be kept; changes of their code are told without details',
    );
  }
}

interface KeepGraphsParams {
  readonly store: Pick<Store, 'graphs'>;
  readonly registry: DefinitionRegistry;
  readonly logger: TypeflowLogger;
}

/** Graphs by fingerprint, as far as any runner on this database has had them. */
export async function findGraphs(
  store: Store,
  fingerprints: Iterable<string>,
): Promise<ReadonlyMap<string, FlowOutline>> {
  const found = await store.graphs.find({ fingerprints: [...new Set(fingerprints)] });
  return new Map(found.map(({ fingerprint, outline }) => [fingerprint, JSON.parse(outline) as FlowOutline]));
}

/** The outline of a run, in which a flow that is recorded by its run's own row has its shape, if that is known. */
export async function readOutline(store: Store, runId: string): Promise<OutlinedRun | undefined> {
  const [run] = await store.reuses.outline({ runIds: [runId] });
  if (run === undefined || run.records.every(({ shape }) => shape !== '')) return run;
  const graph = (await findGraphs(store, [run.fingerprint])).get(run.fingerprint);
  const flow = graph?.find(({ name }) => name === run.flow);
  if (flow === undefined) return run;
  const records = run.records.map((record) => (record.shape === '' ? { ...record, shape: shapeOf(flow) } : record));
  return { ...run, records };
}
