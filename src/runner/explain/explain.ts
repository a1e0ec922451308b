import { RunNotFoundError } from '../../core/errors/run-errors';
import type { Store } from '../../store/store';
import type { StoredRun } from '../../store/stored-run';
import type { DefinitionRegistry } from '../definition-registry';
import { explainRun } from './explanation';
import type { Explanation } from './explanation';
import { serving } from './fleet';
import type { Fleet } from './fleet';
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
  const fleet = await store.listWorkers({ include: run.owner === undefined ? [] : [run.owner] });
  const isClaimable = run.status === 'PENDING' || run.status === 'WAITING';
  const before = isClaimable ? await countBefore(store, run, fleet) : 0;
  const flow = registry.byName(run.workflow)?.graph.flows.get(run.flow);
  return explainRun(run, flow, fleet, before, task);
}

/** What stands before the run for those who could claim it: of each queue, workers take the runs of all workflows that they have. */
async function countBefore(store: Store, run: StoredRun, fleet: Fleet): Promise<number> {
  const workflows = serving(fleet, run.queue, run.workflow).flatMap((worker) => worker.workflows);
  if (workflows.length === 0) return 0;
  return store.countBefore({ runId: run.id, workflows: [...new Set(workflows)], limit: MANY });
}
