// BullMQ: chains of jobs in one queue; the join of the diamond is an INCR in Redis, or a counting table in PostgreSQL.
import { createPostgresBackend, Queue as RedisQueue, withBackend, Worker as RedisWorker } from 'bullmq';
import { Redis } from 'ioredis';
import pg from 'pg';
import { Endings } from './endings.mjs';
import { FAN_OUT, FanOuts } from './fan-out.mjs';
import { ARRIVE, JOIN_TABLE } from './joins.mjs';
import { sleep } from './sleep.mjs';

const QUEUE = 'bench';
const FIRST = { dag: 'a', one: 'one', chain: 'chain', fan: 'fanRoot', wait: 'wait' };
const JOBS_PER_RUN = { dag: 5, one: 1, chain: 10, fan: FAN_OUT + 1, wait: 1 };

export function bullmqEngine(kindOfBackend) {
  return {
    countDone: (handle, kind) => handle.countDone(kind),

    async open({ url, redisUrl, role, settings, onTask }) {
      const backend =
        kindOfBackend === 'redis' ? openRedis(redisUrl) : openPostgres(url, settings.pool ?? 20, role === 'setup');
      const { Queue, Worker, connection } = backend;
      const queue = new Queue(QUEUE, { connection });
      queue.on('error', (error) => console.error(error.message));
      await queue.waitUntilReady();
      const endings = new Endings();
      let worker;
      return {
        setup: () => backend.setup(),
        async enqueue(kind, runs) {
          for (let from = 0; from < runs; from += 1_000) {
            const size = Math.min(1_000, runs - from);
            await queue.addBulk(
              Array.from({ length: size }, (_, index) => ({ name: FIRST[kind], data: { i: from + index, k: 0 } })),
            );
          }
        },
        async startWorker() {
          const options = { connection, concurrency: settings.concurrency ?? 50 };
          worker = new Worker(QUEUE, processor(queue, backend.arrive, onTask), options);
          worker.on('error', (error) => console.error(error.message));
          endRuns(worker, endings, onTask);
          await worker.waitUntilReady();
        },
        countDone: async (kind) => Math.floor((await queue.getCompletedCount()) / JOBS_PER_RUN[kind]),
        async runOne(kind, run) {
          const isOver = endings.of(run);
          await queue.add(FIRST[kind], { i: run, k: 0 });
          await isOver;
        },
        async stop() {
          await worker?.close(true);
          await queue.close();
          await backend.close();
        },
      };
    },
  };
}

function openRedis(redisUrl) {
  const { hostname, port } = new URL(redisUrl);
  const redis = new Redis(redisUrl);
  return {
    Queue: RedisQueue,
    Worker: RedisWorker,
    connection: { host: hostname, port: Number(port) },
    setup: () => redis.flushall(),
    arrive: (run) => redis.incr(`join:${run}`),
    close: async () => redis.disconnect(),
  };
}

function openPostgres(url, max, migrate) {
  const pool = new pg.Pool({ connectionString: url, max: 10 });
  pool.on('error', () => undefined);
  return {
    ...withBackend(createPostgresBackend),
    connection: { connectionString: url, max, migrate },
    setup: () => pool.query(JOIN_TABLE),
    arrive: async (run) => (await pool.query(ARRIVE, [run])).rows[0].n,
    close: () => pool.end(),
  };
}

function processor(queue, arrive, onTask) {
  const tasks = {
    a: (data) =>
      queue.addBulk([
        { name: 'b', data },
        { name: 'c', data },
      ]),
    b: async (data) => (await arrive(data.i)) === 2 && queue.add('d', data),
    c: async (data) => (await arrive(data.i)) === 2 && queue.add('d', data),
    d: (data) => queue.add('e', data),
    chain: ({ i, k }) => k < 9 && queue.add('chain', { i, k: k + 1 }),
    fanRoot: ({ i }) => queue.addBulk(Array.from({ length: FAN_OUT }, (_, k) => ({ name: 'fan', data: { i, k } }))),
  };
  const isLast = ({ name, data }) =>
    name === 'e' || name === 'one' || name === 'wait' || (name === 'chain' && data.k === 9);
  return async (job) => {
    if (job.name === 'wait') await sleep(5);
    if (job.name !== 'fanRoot') onTask(isLast(job));
    await tasks[job.name]?.(job.data);
    return { ok: true, i: job.data.i };
  };
}

/** `completed` comes after the job's end is in the store. */
function endRuns(worker, endings, onTask) {
  const fanOuts = new FanOuts();
  worker.on('completed', ({ name, data }) => {
    if (name === 'chain' && data.k === 9) endings.end(data.i);
    if (name !== 'fan' || !fanOuts.ended(data.i)) return;
    onTask(true);
    endings.end(data.i);
  });
}
