import type { AttemptObserver, RunObserver, StartObserver, Telemetry } from './telemetry';

/** Several as one: all hear everything. Of traces, the first one that has one counts. None of them may throw. */
export function combineTelemetry(...all: readonly Telemetry[]): Telemetry {
  return {
    starting: (start) =>
      together(
        all.map((one) => one.starting?.(start)),
        combineStarts,
      ),
    runBegun: (run) =>
      together(
        all.map((one) => one.runBegun?.(run)),
        combineRuns,
      ),
    callBegun: (call) =>
      together(
        all.map((one) => one.callBegun?.(call)),
        combineAttempts,
      ),
    flushed: (records) => tellAll(all, (one) => one.flushed?.(records)),
    leaseLost: () => tellAll(all, (one) => one.leaseLost?.()),
    observeQueues: (read) => {
      const stops = all.map((one) => one.observeQueues?.(read)).filter(isThere);
      return () => tellAll(stops, (stop) => stop());
    },
    ...(all.some((one) => one.logFields !== undefined) && {
      logFields: () => Object.assign({}, ...all.map((one) => one.logFields?.())) as Record<string, unknown>,
    }),
  };
}

/** Those of them that listen: often one does, or none. */
function together<Observer>(
  observers: readonly (Observer | undefined)[],
  combine: (all: readonly Observer[]) => Observer,
): Observer | undefined {
  const all = observers.filter((one) => one !== undefined);
  return all.length > 1 ? combine(all) : all[0];
}

function combineStarts(all: readonly StartObserver[]): StartObserver {
  return {
    trace: all.find(({ trace }) => trace !== undefined)?.trace,
    ended: (how) => tellAll(all, (one) => one.ended?.(how)),
  };
}

function combineRuns(all: readonly RunObserver[]): RunObserver {
  return {
    attempt: (attempt) =>
      together(
        all.map((one) => one.attempt?.(attempt)),
        combineAttempts,
      ),
    offered: (attempt) => all.map((one) => one.offered?.(attempt)).find(isThere),
    nodeEnded: (node) => tellAll(all, (one) => one.nodeEnded?.(node)),
    ended: (end) => tellAll(all, (one) => one.ended?.(end)),
  };
}

function combineAttempts(all: readonly AttemptObserver[]): AttemptObserver {
  return {
    trace: all.find(({ trace }) => trace !== undefined)?.trace,
    run: (body) =>
      all.reduce((inner, one) => (one.run === undefined ? inner : () => one.run?.(inner) as never), body)(),
    ended: (end) => tellAll(all, (one) => one.ended?.(end)),
  };
}

function tellAll<T>(all: readonly T[], tell: (one: T) => void): void {
  for (const one of all) tell(one);
}

function isThere<T>(value: T | undefined): value is T {
  return value !== undefined;
}
