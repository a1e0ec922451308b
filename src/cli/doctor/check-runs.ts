import type { Operations } from '../../application/operations';
import type { RunView } from '../../application/views';
import type { Finding } from './finding';

/** Explaining costs a few statements for each run. */
const MOST_RUNS = 100;

/** Queues in which runs wait that no live worker serves. */
export async function checkQueues(operations: Operations): Promise<Finding> {
  const queues = await operations.queues();
  const forsaken = queues.filter(({ workers, due, later, running }) => workers === 0 && due + later + running > 0);
  if (forsaken.length === 0)
    return { check: 'queues', outcome: 'ok', message: 'every queue that has runs has a worker' };
  const named = forsaken.map(({ queue, due, later, running }) => `${queue} (${due + later + running} runs)`);
  return {
    check: 'queues',
    outcome: 'fault',
    message: `no live worker serves ${named.join(', ')}`,
    remedy: [`typeflow worker --queue ${forsaken.map(({ queue }) => queue).join(',')}`],
  };
}

/** Runs that wait because no worker has code that fits what they have done. */
export async function checkRuns(operations: Operations): Promise<Finding> {
  const { items, cursor } = await operations.list({ status: ['WAITING', 'PENDING'] }, { limit: MOST_RUNS });
  const stuck: { readonly run: RunView; readonly sentence: string }[] = [];
  for (const run of items.filter(({ isHeld }) => !isHeld)) {
    const { reason, sentence } = (await operations.explain(run.id)).run;
    if (Object(reason).code === 'code-changed') stuck.push({ run, sentence });
  }
  const looked = cursor === undefined ? '' : ` (of the newest ${MOST_RUNS})`;
  if (stuck.length === 0) return { check: 'runs', outcome: 'ok', message: `no run waits for other code${looked}` };
  return {
    check: 'runs',
    outcome: 'fault',
    message: `${stuck.length} ${stuck.length === 1 ? 'run waits' : 'runs wait'} because the code changed${looked}`,
    remedy: stuck.map(({ run, sentence }) => `${run.id} ${run.workflow}.${run.flow ?? '?'}: ${sentence}`),
  };
}
