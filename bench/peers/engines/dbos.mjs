// DBOS Transact: workflow functions with checkpointed steps; runs wait in a queue in the database.
import { DBOS, DBOSClient } from '@dbos-inc/dbos-sdk';
import { forEachIndex } from '../../postgres/process/for-each-index.mjs';

const QUEUE = 'bench';

export const engine = {
  doneQuery: (kind) => `SELECT count(*) AS n FROM dbos.workflow_status WHERE status = 'SUCCESS' AND name = '${kind}'`,

  async open({ url, role, settings, onTask }) {
    const { concurrency = 50, pool = 20, pollMs = 20, resultPollMs } = settings;
    if (role === 'enqueue') return openClient(url, pool);
    const registered = register(onTask);
    DBOS.setConfig({
      name: 'bench',
      systemDatabaseUrl: url,
      systemDatabasePoolSize: pool,
      logLevel: 'error',
      applicationVersion: '1',
      executorID: `bench-${process.pid}`, // a worker goes on with what another of its name had begun
    });
    const launch = async () => {
      await DBOS.launch();
      const options = { workerConcurrency: concurrency, minPollingIntervalMs: pollMs, onConflict: 'always_update' };
      await DBOS.registerQueue(QUEUE, options);
    };
    return {
      setup: launch,
      startWorker: launch,
      async runOne(kind, index) {
        const viaQueue = resultPollMs !== undefined;
        const start = DBOS.startWorkflow(registered[kind], viaQueue ? { queueName: QUEUE } : {});
        const handle = await start(index);
        await handle.getResult(viaQueue ? { pollingIntervalMs: resultPollMs } : undefined);
      },
      stop: () => DBOS.shutdown(),
    };
  },
};

async function openClient(url, pool) {
  const client = await DBOSClient.create({
    systemDatabaseUrl: url,
    systemDatabasePoolSize: pool,
    applicationName: 'bench',
  });
  return {
    enqueue: (kind, runs) =>
      forEachIndex(runs, 50, (index) => client.enqueue({ queueName: QUEUE, workflowName: kind }, index)),
    stop: () => client.destroy(),
  };
}

function register(onTask) {
  const step = (name, index, isLast = false) =>
    DBOS.runStep(
      async () => {
        onTask(isLast);
        return { ok: true, i: index };
      },
      { name },
    );
  const workflows = {
    async dag(index) {
      await step('a', index);
      await Promise.all([step('b', index), step('c', index)]);
      await step('d', index);
      return await step('e', index, true);
    },
    one: async (index) => await step('a', index, true),
    async chain(index) {
      for (let task = 0; task < 9; task++) await step(`task${task}`, index);
      return await step('task9', index, true);
    },
    async fan(index) {
      await Promise.all(Array.from({ length: 1_000 }, (_, element) => step('work', element)));
      onTask(true);
      return { ok: true, i: index };
    },
    wait: async (index) =>
      await DBOS.runStep(
        async () => {
          await new Promise((resolve) => setTimeout(resolve, 5));
          onTask(true);
          return { ok: true, i: index };
        },
        { name: 'a' },
      ),
  };
  return Object.fromEntries(
    Object.entries(workflows).map(([name, workflow]) => [name, DBOS.registerWorkflow(workflow, { name })]),
  );
}
