import { all, defineWorkflow, each, failed } from '../../../src';
import type { TaskContext } from '../../../src';
import type { RecordedAttempt } from '../../../src/core/attempts';
import { explainRun } from '../../../src/runner/explain/explanation';
import type { Explanation } from '../../../src/runner/explain/explanation';
import type { StoredWorker } from '../../../src/store/list-workers';
import type { StoredRun } from '../../../src/store/stored-run';
import { aNode, aRun, at, aWorker, NOW } from './explain-fixture';

const orders = defineWorkflow('orders')
  .task('check', async (n: number) => [n])
  .task('pay', { dependsOn: ['check'], retries: 4 }, async (n: number[]) => n.length)
  .task('reserve', { dependsOn: [each('check')] }, async (n: number) => n)
  .task('ship', { dependsOn: ['pay', all('reserve')] }, async (n: number, _all: number[]) => n)
  .task('apologise', { dependsOn: [failed('pay')] }, async () => 1)
  .task('report', { always: true }, async () => 1)
  .flow('main', { dependsOn: ['ship'] }, async (n: number, _ctx: TaskContext<number>) => n)
  .build();
export const flow = orders.graph.flows.get('main');
if (flow === undefined) throw new Error('the flow was expected to exist');

export const ATTEMPT: RecordedAttempt = {
  attempt: 1,
  outcome: 'failed',
  generation: 1,
  startedAt: at(-100),
  finishedAt: at(-60),
  delayMs: 30_000,
};
export const checked = aNode('check', { startedAt: at(-200), finishedAt: at(-190) });
export const running = { status: 'RUNNING', epoch: 1, owner: 'a', startedAt: at(-300) } as const;
export const worker = { id: 'a', label: 'host:a' } as const;
export const payRuns = aNode('pay', { status: 'RUNNING', attempt: 2, startedAt: at(-100), attempts: [ATTEMPT] });
export const payWaits = aNode('pay', {
  status: 'WAITING',
  wakeAt: at(30),
  attempts: [ATTEMPT],
  error: '{"name":"CardError","message":"Card declined","attempts":1}',
});
export const reserving = aNode('reserve', { status: 'RUNNING', attempt: 0, elements: 40, startedAt: at(-60) });

/** Explains a run of orders.main whose worker "a" is alive. */
export function explain(
  run: Partial<StoredRun>,
  task?: string,
  workers: readonly StoredWorker[] = [aWorker('a')],
  code: { readonly flow: typeof flow } = { flow },
): Explanation {
  const fingerprint = flow?.fingerprint ?? '';
  return explainRun(aRun({ fingerprint, ...run }), code.flow, { now: NOW, workers }, 0, task);
}
