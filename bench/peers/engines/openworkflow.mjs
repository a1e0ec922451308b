// OpenWorkflow: workflow functions with memoised steps, on its own PostgreSQL backend.
import { OpenWorkflow } from 'openworkflow';
import { BackendPostgres } from 'openworkflow/postgres';
import pg from 'pg';
import postgres from 'postgres';
import { forEachIndex } from '../../postgres/process/for-each-index.mjs';
import { sleep } from '../lib/sleep.mjs';

export const engine = {
  doneQuery: (kind) =>
    `SELECT count(*) AS n FROM openworkflow.workflow_runs
     WHERE status IN ('completed', 'succeeded') AND workflow_name = '${kind}'`,

  async open({ url, role, settings, onTask }) {
    const { concurrency = 50, pool, watchRow = false } = settings;
    const backend = await connect(url, role === 'setup', pool);
    const openWorkflow = new OpenWorkflow({ backend });
    const workflows = define(openWorkflow, onTask);
    let worker;
    let watcher;
    return {
      enqueue: (kind, runs) => forEachIndex(runs, 50, (index) => workflows[kind].run({ index })),
      async startWorker() {
        worker = openWorkflow.newWorker({ concurrency });
        await worker.start();
      },
      async runOne(kind, index) {
        const handle = await workflows[kind].run({ index });
        if (!watchRow) return handle.result();
        watcher ??= await openWatcher(url);
        return watcher.untilCompleted(handle.workflowRun.id);
      },
      async stop() {
        await worker?.stop();
        await watcher?.close();
        await backend.stop();
      },
    };
  },
};

async function connect(url, runMigrations, pool) {
  if (runMigrations || pool === undefined) return BackendPostgres.connect(url, { runMigrations });
  const sql = postgres(url, { max: pool, transform: { column: { from: postgres.toCamel } } });
  await sql`SELECT 1`;
  return BackendPostgres.fromPool(sql);
}

/** The handle asks once a second; this watches the row every 2 ms instead, so that the engine's own time is measured. */
async function openWatcher(url) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return {
    async untilCompleted(id) {
      for (;;) {
        const { rows } = await client.query('SELECT status FROM openworkflow.workflow_runs WHERE id = $1', [id]);
        const status = rows[0]?.status;
        if (status === 'completed' || status === 'succeeded') return;
        if (status === 'failed') throw new Error(`run ${id} failed`);
        await sleep(2);
      }
    },
    close: () => client.end(),
  };
}

function define(openWorkflow, onTask) {
  const call = (step, name, index, isLast = false) =>
    step.run({ name }, async () => {
      onTask(isLast);
      return { ok: true, i: index };
    });
  return {
    dag: openWorkflow.defineWorkflow({ name: 'dag' }, async ({ input: { index }, step }) => {
      await call(step, 'a', index);
      await Promise.all([call(step, 'b', index), call(step, 'c', index)]);
      await call(step, 'd', index);
      return await call(step, 'e', index, true);
    }),
    one: openWorkflow.defineWorkflow({ name: 'one' }, async ({ input: { index }, step }) =>
      call(step, 'a', index, true),
    ),
    chain: openWorkflow.defineWorkflow({ name: 'chain' }, async ({ input: { index }, step }) => {
      for (let task = 0; task < 9; task++) await call(step, `task${task}`, index);
      return await call(step, 'task9', index, true);
    }),
    fan: openWorkflow.defineWorkflow({ name: 'fan' }, async ({ step }) => {
      await Promise.all(Array.from({ length: 1_000 }, (_, element) => call(step, `work${element}`, element)));
      onTask(true);
      return { ok: true };
    }),
  };
}
