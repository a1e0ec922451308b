// pg-boss 10 and 12: the handler of a batch inserts the successors of all its jobs in one call.
import pg from 'pg';
import { Endings } from './endings.mjs';
import { FAN_OUT, FanOuts } from './fan-out.mjs';
import { ARRIVE_TOGETHER, JOIN_TABLE } from './joins.mjs';
import { sleep } from './sleep.mjs';

const QUEUES = {
  dag: ['a', 'b', 'c', 'd', 'e'],
  one: ['one'],
  chain: ['chain'],
  fan: ['fanRoot', 'fan'],
  wait: ['wait'],
};

const completed = (queue) => `FROM pgboss.job WHERE name = '${queue}' AND state = 'completed'`;
const DONE = {
  dag: `SELECT count(*) AS n ${completed('e')}`,
  one: `SELECT count(*) AS n ${completed('one')}`,
  chain: `SELECT count(*) AS n ${completed('chain')} AND (data->>'k')::int = 9`,
  fan: `SELECT count(*) / ${FAN_OUT} AS n ${completed('fan')}`,
  wait: `SELECT count(*) AS n ${completed('wait')}`,
};

export function pgbossEngine(PgBoss, version) {
  return {
    doneQuery: (kind) => DONE[kind],

    async open({ url, settings, onTask }) {
      const boss = new PgBoss({ connectionString: url, max: settings.pool ?? 20, schedule: false });
      boss.on('error', (error) => console.error(String(error)));
      await boss.start();
      const queues = openQueues(boss, version, settings);
      const endings = new Endings();
      const handlers = { ...diamond(queues, onTask), ...others(queues, onTask, endings) };
      let watcher;
      return {
        async setup(kind) {
          for (const name of QUEUES[kind]) await queues.create(name);
          await queues.query(JOIN_TABLE, []);
        },
        async enqueue(kind, runs) {
          for (let from = 0; from < runs; from += 1_000) {
            const size = Math.min(1_000, runs - from);
            await queues.insert(
              QUEUES[kind][0],
              Array.from({ length: size }, (_, index) => ({ i: from + index, k: 0 })),
            );
          }
        },
        async startWorker(kind) {
          for (const name of QUEUES[kind]) await queues.work(name, handlers[name]);
        },
        async runOne(kind, run) {
          const isOver = endings.of(run);
          const [first] = QUEUES[kind];
          await queues.insert(first, [{ i: run, k: 0 }]);
          queues.wake(first);
          const jobId = await isOver;
          watcher ??= await openWatcher(url);
          await watcher.untilCompleted(kind, run, jobId);
        },
        async stop() {
          await watcher?.close();
          await boss.stop({ graceful: false, ...(version < 12 && { wait: false }) });
        },
      };
    },
  };
}

/** What differs between the two versions, and the waking of workers of this process, which otherwise look twice a second. */
function openQueues(boss, version, { concurrency = 50, workers = 1 }) {
  const ids = new Map();
  const isNew = version >= 12;
  const wake = (name) => {
    for (const id of ids.get(name) ?? []) boss.notifyWorker(id);
  };
  return {
    wake,
    query: (text, values) => boss.getDb().executeSql(text, values),
    create: (name) => (isNew ? boss.createQueue(name) : boss.createQueue(name, { name })),
    insert(name, datas) {
      if (datas.length === 0) return undefined;
      return isNew
        ? boss.insert(
            name,
            datas.map((data) => ({ data })),
          )
        : boss.insert(datas.map((data) => ({ name, data })));
    },
    async work(name, handle) {
      const options = { batchSize: concurrency, pollingIntervalSeconds: 0.5 };
      const handler = async (jobs) => {
        await handle(jobs);
        wake(name);
        if (!isNew) return { ok: true };
        return jobs.map(({ id, data }) => ({ id, status: 'completed', output: { ok: true, i: data.i } }));
      };
      const newer = { localConcurrency: workers, burstWhenBatchFull: concurrency > 1, perJobResults: true };
      const started = [];
      if (isNew) started.push(await boss.work(name, { ...options, ...newer }, handler));
      else for (let worker = 0; worker < workers; worker++) started.push(await boss.work(name, options, handler));
      ids.set(name, started);
    },
  };
}

/** Each task of a batch is a call of its own. */
async function callEach(jobs, call) {
  for (const job of jobs) {
    await null;
    call(job);
  }
}

function diamond(queues, onTask) {
  const datasOf = (jobs) => jobs.map(({ data }) => data);
  const pass = async (jobs, name) => {
    await queues.insert(name, datasOf(jobs));
    queues.wake(name);
  };
  const arrive = async (jobs) => {
    await callEach(jobs, () => onTask(false));
    const runs = jobs.map(({ data }) => data.i).sort((one, other) => one - other);
    const { rows } = await queues.query(ARRIVE_TOGETHER, [runs]);
    const ready = rows.filter(({ n }) => n === 2).map(({ run }) => ({ i: run }));
    if (ready.length === 0) return;
    await queues.insert('d', ready);
    queues.wake('d');
  };
  return {
    async a(jobs) {
      await callEach(jobs, () => onTask(false));
      await Promise.all([pass(jobs, 'b'), pass(jobs, 'c')]);
    },
    b: arrive,
    c: arrive,
    async d(jobs) {
      await callEach(jobs, () => onTask(false));
      await pass(jobs, 'e');
    },
    e: (jobs) => callEach(jobs, () => onTask(true)),
  };
}

function others(queues, onTask, endings) {
  const fanOuts = new FanOuts();
  return {
    one: (jobs) => callEach(jobs, () => onTask(true)),
    async chain(jobs) {
      await callEach(jobs, ({ data }) => onTask(data.k === 9));
      const next = jobs.filter(({ data }) => data.k < 9).map(({ data }) => ({ i: data.i, k: data.k + 1 }));
      await queues.insert('chain', next);
      for (const { id, data } of jobs) if (data.k === 9) endings.end(data.i, id);
    },
    async fanRoot(jobs) {
      for (const { data } of jobs) {
        await queues.insert(
          'fan',
          Array.from({ length: FAN_OUT }, (_, k) => ({ i: data.i, k })),
        );
      }
      queues.wake('fan');
    },
    async fan(jobs) {
      await callEach(jobs, () => onTask(false));
      for (const { id, data } of jobs) {
        if (!fanOuts.ended(data.i)) continue;
        onTask(true);
        endings.end(data.i, id);
      }
    },
    wait: (jobs) =>
      Promise.all(
        jobs.map(async () => {
          await sleep(5);
          onTask(true);
        }),
      ),
  };
}

/** The handler of the last job is over before that job is marked completed; a run is over after. */
async function openWatcher(url) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return {
    async untilCompleted(kind, run, jobId) {
      const [text, values] =
        kind === 'fan'
          ? [`SELECT count(*) = ${FAN_OUT} AS ok ${completed('fan')} AND (data->>'i')::int = $1`, [run]]
          : [`SELECT state = 'completed' AS ok FROM pgboss.job WHERE name = $2 AND id = $1`, [jobId, kind]];
      while ((await client.query(text, values)).rows[0]?.ok !== true) await sleep(1);
    },
    close: () => client.end(),
  };
}
