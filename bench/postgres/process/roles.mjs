// What a process of a measurement does. Each role gets the opened engine and answers what it measured, as plain JSON.
import { BareCommits } from './bare-commits.mjs';

const FAN_OUT = 1_000;
const WARM_UP_RUNS = 10;

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** CLOCK_MONOTONIC in milliseconds: on Linux the same clock in every process, so instants of two of them can be compared. */
const monotonicNow = () => Number(process.hrtime.bigint()) / 1e6;

export const roles = {
  /** Makes the schema, the queues and whatever else the engine wants before the first run. */
  async setup({ params, handle }) {
    await handle.setup?.(params.kind);
    return {};
  },

  /** Starts one run that sleeps for long, by the real API. */
  async sleeper({ params, handle }) {
    return { id: await handle.enqueueSleeper(params.kind) };
  },

  /** Starts `runs` runs, or inserts their first jobs, while nobody works on them. */
  async enqueue({ params, handle, startUsage }) {
    const usage = startUsage();
    const startedAt = performance.now();
    await handle.enqueue(params.kind, params.runs);
    return { ms: performance.now() - startedAt, ...usage() };
  },

  /** One worker that finds everything enqueued, until the database says that all runs are completed. */
  async drain({ params, handle, progress, countDone, startUsage, importMs }) {
    const usage = startUsage();
    const startedAt = performance.now();
    await handle.startWorker(params.kind);
    let done = 0;
    let endedAt = startedAt;
    while (done < params.runs && performance.now() - startedAt < params.capMs) {
      await sleep(5);
      if (progress.ended < params.runs) continue;
      // What the answer counts was committed before the question was sent: the time of a slow count is not the engine's.
      endedAt = performance.now();
      done = await countDone();
    }
    if (done < params.runs) {
      endedAt = performance.now();
      done = await countDone();
    }
    return {
      done,
      tasks: progress.tasks,
      ms: endedAt - (progress.firstTaskAt ?? startedAt),
      coldMs: progress.firstTaskAt ?? 0, // from the start of the process to the first task
      importMs,
      ...usage(),
    };
  },

  /** One run after the other, started and awaited in the worker's own process, each beside as many bare commits. */
  async latency({ params, handle, countDone, startUsage }) {
    await handle.startWorker(params.kind);
    const bare = params.url === undefined ? undefined : await BareCommits.open(params.url);
    await sleep(300);
    const warmUp = Math.min(WARM_UP_RUNS, params.runs);
    for (let run = 0; run < warmUp; run++) {
      await handle.runOne(params.kind, run);
      await bare?.commit();
    }
    const latenciesMs = [];
    const bareMs = [];
    const usage = startUsage();
    const startedAt = performance.now();
    for (let run = 0; run < params.runs && performance.now() - startedAt < params.capMs; run++) {
      const runStartedAt = performance.now();
      await handle.runOne(params.kind, WARM_UP_RUNS + run);
      latenciesMs.push(performance.now() - runStartedAt);
      if (bare !== undefined) bareMs.push(await bare.commit());
    }
    const used = usage();
    await bare?.close();
    return { done: (await countDone()) - warmUp, latenciesMs, bareMs, ...used };
  },

  /** One run with 1,000 parallel tasks after the other, started and awaited in the worker's own process. */
  async fanOut({ params, handle, progress, countDone, startUsage }) {
    await handle.startWorker(params.kind);
    await sleep(300);
    const latenciesMs = [];
    const usage = startUsage();
    for (let run = 0; run < params.runs; run++) {
      const before = progress.tasks;
      const startedAt = performance.now();
      await handle.runOne(params.kind, run);
      latenciesMs.push(performance.now() - startedAt);
      const ran = progress.tasks - before;
      if (ran < FAN_OUT) throw new Error(`expected at least ${FAN_OUT} tasks, and ${ran} ran`);
    }
    return { done: await countDone(), latenciesMs, ...usage() };
  },

  /** A worker that begins, and stops, when it is told to: several of them begin at once although processes start at their leisure. */
  async serve({ params, handle, progress, startUsage }) {
    const offset = monotonicNow() - performance.now();
    const told = () => new Promise((resolve) => process.once('message', resolve));
    const begin = told();
    process.send({ event: 'opened' });
    await begin;
    const usage = startUsage();
    const stop = told();
    await handle.startWorker(params.kind);
    process.send({ event: 'started' });
    await stop;
    const { firstTaskAt, tasks } = progress;
    return { tasks, ...(firstTaskAt !== undefined && { firstTaskAt: offset + firstTaskAt }), ...usage() };
  },

  /** Watches the database until workers elsewhere have completed all runs. */
  async watch({ params, countDone }) {
    process.send({ event: 'opened' });
    const startedAt = monotonicNow();
    let done = 0;
    let endedAt = startedAt;
    while (done < params.runs && monotonicNow() - startedAt < params.capMs) {
      await sleep(50);
      endedAt = monotonicNow();
      done = await countDone();
    }
    return { done, endedAt };
  },

  /** A client that starts runs for a worker elsewhere, whose first task answers when it was called. */
  async wake({ params, handle }) {
    const latenciesMs = [];
    const startedAt = performance.now();
    for (let run = 0; run < params.runs && performance.now() - startedAt < params.capMs; run++) {
      await sleep(Math.random() * 200); // starts that follow each other in step would all meet the same moment
      const runStartedAt = monotonicNow();
      latenciesMs.push((await handle.runStamped(run)) - runStartedAt);
    }
    return { done: latenciesMs.length, latenciesMs };
  },
};
