import { RunNotFoundError } from '../../core/errors/run-errors';
import type { Store } from '../../store/store';
import type { DefinitionRegistry } from '../definition-registry';
import { explainRun } from './explanation';
import type { Explanation } from './explanation';
import { MANY } from './run-sentence';

/** Reads what an explanation needs. The run may go on between the reads: it is told as it was at about one moment. @throws RunNotFoundError, ArgumentError */
export async function explain(
  store: Store,
  registry: DefinitionRegistry,
  runId: string,
  task: string | undefined,
): Promise<Explanation> {
  const run = await store.findRun({ runId });
  if (run === undefined) throw new RunNotFoundError(runId);
  const isClaimable = run.status === 'PENDING' || run.status === 'WAITING';
  const [fleet, before] = await Promise.all([
    store.listWorkers({ include: run.owner === undefined ? [] : [run.owner] }),
    isClaimable ? store.countBefore({ runId, limit: MANY }) : 0,
  ]);
  const flow = registry.byName(run.workflow)?.graph.flows.get(run.flow);
  return explainRun(run, flow, fleet, before, task);
}
