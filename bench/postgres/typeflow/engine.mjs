// Typeflow as a peer among the peers: the built package, by its public API only.
import { WorkflowRunner } from 'typeflow';
import { forEachIndex } from '../process/for-each-index.mjs';
import { defineWorkloads } from './workflows.mjs';

/** Started at a time by the client that enqueues. */
const STARTS = 1_000;

export const engine = {
  doneQuery: () => "SELECT count(*) AS n FROM typeflow.run WHERE status = 'COMPLETED'",

  async open({ url, onTask, settings = {} }) {
    const workflows = defineWorkloads(onTask);
    const { maxRows, maxDelay, ...places } = settings;
    const journal = { ...(maxRows && { maxRows }), ...(maxDelay && { maxDelay }) };
    const create = (worker) =>
      WorkflowRunner.create({ workflows: Object.values(workflows), database: url, worker, journal });
    let runner;
    const client = async () => (runner ??= await create(false));
    return {
      setup: client,
      async enqueue(kind, runs) {
        const starter = await client();
        await forEachIndex(runs, STARTS, (index) => starter.start(workflows[kind], flowOf(kind), index));
      },
      /** One run that sleeps for a month: what a million of them are copied from. */
      async enqueueSleeper(kind) {
        return (await (await client()).start(workflows[kind], flowOf(kind), 0, { delay: '30d' })).id;
      },
      async startWorker() {
        runner = await create(places);
      },
      runOne: (kind, index) => runner.run(workflows[kind], flowOf(kind), index),
      async runStamped(index) {
        return (await client()).run(workflows.stamp, 'main', index);
      },
      stop: async () => runner?.close(),
    };
  },
};

/** In the diamond and the chain the flow is the last of the tasks. */
function flowOf(kind) {
  return { dag: 'e', chain: 'task9' }[kind] ?? 'main';
}
