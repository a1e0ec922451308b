// Graphile Worker: each job adds its successors. The row of a job that is over is deleted, and what a task returns is not kept.
import pg from 'pg';
import { Endings } from './endings.mjs';
import { FAN_OUT, FanOuts } from './fan-out.mjs';
import { ARRIVE, JOIN_TABLE } from './joins.mjs';
import { sleep } from './sleep.mjs';

const FIRST = { dag: 'a', one: 'one', chain: 'chain', fan: 'fanRoot', wait: 'wait' };

/** The documented SQL call for many jobs at once. */
const ADD_MANY = `SELECT count(*) FROM graphile_worker.add_jobs(ARRAY(
  SELECT json_populate_record(NULL::graphile_worker.job_spec, json_build_object('identifier', $1::text, 'payload',
    CASE WHEN $4::boolean THEN json_build_object('i', $2::int, 'k', g) ELSE json_build_object('i', $2::int + g, 'k', 0) END))
  FROM generate_series(0, $3::int - 1) g))`;
const COUNT_JOBS = 'SELECT count(*)::int AS n FROM graphile_worker.jobs';

export function graphileEngine(graphile, { hasPresets }) {
  return {
    countDone: (handle) => handle.countDone(),

    async open({ url, settings, onTask }) {
      const pool = new pg.Pool({ connectionString: url, max: settings.pool ?? 20 });
      pool.on('error', () => undefined);
      const logger = new graphile.Logger(() => () => undefined);
      const endings = new Endings();
      let ended = 0;
      const end = (run) => {
        ended++;
        onTask(true);
        endings.end(run);
      };
      const countJobs = async () => (await pool.query(COUNT_JOBS)).rows[0].n;
      let runner;
      return {
        async setup() {
          await graphile.runMigrations({ pgPool: pool, logger });
          await pool.query(JOIN_TABLE);
        },
        async enqueue(kind, runs) {
          for (let from = 0; from < runs; from += 1_000) {
            await pool.query(ADD_MANY, [FIRST[kind], from, Math.min(1_000, runs - from), false]);
          }
        },
        async startWorker() {
          runner = await graphile.run({
            pgPool: pool,
            concurrency: settings.concurrency ?? 50,
            noHandleSignals: true,
            pollInterval: 2_000,
            logger,
            taskList: taskList({ hasPresets, onTask, end }),
            ...(hasPresets && settings.localQueue !== undefined && { preset: preset(settings) }),
          });
        },
        countDone: async () => ended - (await countJobs()),
        async runOne(kind, run) {
          const isOver = endings.of(run);
          await pool.query('SELECT graphile_worker.add_job($1, $2)', [FIRST[kind], JSON.stringify({ i: run, k: 0 })]);
          await isOver;
          while ((await countJobs()) > 0) await sleep(1); // durable once no row of a job is left
        },
        async stop() {
          await runner?.stop();
          await pool.end();
        },
      };
    },
  };
}

const preset = ({ localQueue, completeDelayMs = 0 }) => ({
  worker: { localQueue: { size: localQueue }, completeJobBatchDelay: completeDelayMs, failJobBatchDelay: 0 },
});

function taskList({ hasPresets, onTask, end }) {
  const fanOuts = new FanOuts();
  const addPair = (helpers, first, second, payload) =>
    hasPresets
      ? helpers.addJobs([
          { identifier: first, payload },
          { identifier: second, payload },
        ])
      : Promise.all([helpers.addJob(first, payload), helpers.addJob(second, payload)]);
  const arrive = async (payload, helpers) => {
    onTask(false);
    const { rows } = await helpers.query(ARRIVE, [payload.i]);
    if (rows[0].n === 2) await helpers.addJob('d', payload);
  };
  return {
    async a(payload, helpers) {
      onTask(false);
      await addPair(helpers, 'b', 'c', payload);
    },
    b: arrive,
    c: arrive,
    async d(payload, helpers) {
      onTask(false);
      await helpers.addJob('e', payload);
    },
    e: async ({ i }) => end(i),
    one: async ({ i }) => end(i),
    async chain({ i, k }, helpers) {
      if (k === 9) return end(i);
      onTask(false);
      await helpers.addJob('chain', { i, k: k + 1 });
    },
    async fanRoot({ i }, helpers) {
      await helpers.query(ADD_MANY, ['fan', i, FAN_OUT, true]);
    },
    async fan({ i }) {
      onTask(false);
      if (fanOuts.ended(i)) end(i);
    },
    async wait({ i }) {
      await sleep(5);
      end(i);
    },
  };
}
