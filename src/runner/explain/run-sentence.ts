import { describeInstant } from './instants';
import { waitSentence } from './wait-reason';
import type { ErrorName, ExplainedRunReason, ExplainedEnd, NoWorker } from './reasons';

/** Counts of `countBefore` end here: more is no better known to anybody. */
export const MANY = 1_000;

/** A reason of a run as a sentence about it, without the full stop. */
export function runSentence(reason: ExplainedRunReason, now: number): string {
  switch (reason.code) {
    case 'final':
      return finalSentence(reason, now);
    case 'running':
      return `worker "${reason.worker.label}" executes it${reason.since ? `; it began at ${describeInstant(reason.since, now)}` : ''}`;
    case 'owner-silent':
      return ownerSilent(reason, now);
    case 'cancel-requested':
      return `its cancel was accepted${because(reason.because)}, and ${
        reason.worker === undefined
          ? 'the next worker that claims it carries it out'
          : `worker "${reason.worker.label}" carries it out`
      }`;
    case 'not-due':
      return `it starts at ${describeInstant(reason.at, now)}`;
    case 'held':
      return `created, waiting for execute${reason.isOpen ? ', which is to name its flow' : ''}`;
    case 'backing-off':
      return `it is parked until ${describeInstant(reason.until, now)}, when ${nodeName(reason)} is tried again`;
    case 'waiting':
      return `it is parked while ${nodeName(reason)} ${waitSentence(reason.wait, now)}`;
    case 'parked':
      return parked(reason, now);
    case 'no-worker':
      return `no worker serves this: ${noWorker(reason)}`;
    case 'code-changed':
      return codeChanged(reason);
    case 'sealed':
      return sealed(reason.refusals);
    case 'waiting-for-claim':
      return `it waits to be claimed: ${serve(reason.workers)} it, and ${queuedBefore(reason.before)}`;
  }
}

/** How a run or node ended. */
export function finalSentence({ status, at, task, error, because: reason }: ExplainedEnd, now: number): string {
  const when = at === undefined ? '' : ` at ${describeInstant(at, now)}`;
  if (status === 'COMPLETED') return `it completed${when}`;
  if (status === 'FAILED') {
    const where = task === undefined ? '' : ` in "${task}"`;
    return `it failed${where}${when}${error === undefined ? '' : `: ${describeError(error)}`}`;
  }
  return `it was ${status === 'SKIPPED' ? 'skipped' : 'cancelled'}${when}${reason === undefined ? '' : `: ${reason}`}`;
}

export function describeError({ name, message }: ErrorName): string {
  return `${name}: ${message}`;
}

export function nodeName({ task, index }: { readonly task: string; readonly index?: number | undefined }): string {
  return index === undefined ? `"${task}"` : `"${task}" [${index}]`;
}

function ownerSilent(
  { worker, since, heirs }: Extract<ExplainedRunReason, { readonly code: 'owner-silent' }>,
  now: number,
): string {
  const who = worker === undefined ? 'its worker is gone' : `its worker "${worker.label}" gave no sign of life`;
  const when = since === undefined ? '' : ` and its lease ended at ${describeInstant(since, now)}`;
  const next =
    heirs === 0
      ? ', and no live worker serves it that could take it over'
      : `; the next poll of ${anyOf(heirs)} takes it over`;
  return `${who}${when}${next}`;
}

function codeChanged({
  refusals,
  because: known,
}: Extract<ExplainedRunReason, { readonly code: 'code-changed' }>): string {
  const told = [...new Set(known.flatMap(({ code, sentence }) => (code === 'unknown' ? [] : [sentence])))];
  const count = refusals === 1 ? 'one version of it did' : `${refusals} versions of it did`;
  const why = told.length === 0 ? `${count} not fit its records` : told.join('; ');
  return (
    `the code of its workflow has changed since it began: ${why}; ` +
    'start a worker with the code that it began with, fork it to go on with other code, or cancel it'
  );
}

function sealed(refusals: number): string {
  const who = refusals === 1 ? 'a worker that claimed it' : `workers with ${refusals} different sets of keys`;
  return `its values could not be opened by ${who}; give the workers the key with which they were sealed, by the option payloads, or cancel it`;
}

function parked({ until, calls = 0 }: Extract<ExplainedRunReason, { readonly code: 'parked' }>, now: number): string {
  if (until !== undefined) return `it is parked until ${describeInstant(until, now)}`;
  if (calls === 0) return 'it is parked until something wakes it';
  return `it is parked until ${calls === 1 ? 'its call' : `one of its ${calls} calls`} on other workers ends`;
}

export function noWorker({ lacks, queue, workflow, live }: NoWorker): string {
  const whoServes = live === 1 ? 'the only live worker does not' : `none of the ${live} live workers`;
  const verb = (does: string, alone: string): string => `${whoServes} ${live === 1 ? alone : does}`;
  switch (lacks) {
    case 'worker':
      return 'no worker is alive';
    case 'queue':
      return verb(`takes queue "${queue}"`, `take queue "${queue}"`);
    case 'workflow':
      return verb(`has the workflow "${workflow}"`, `have the workflow "${workflow}"`);
    case 'both':
      return `none of the ${live} live workers both takes queue "${queue}" and has the workflow "${workflow}"`;
  }
}

export function serve(workers: number): string {
  return workers === 1 ? 'one live worker serves' : `${workers} live workers serve`;
}

function anyOf(workers: number): string {
  return workers === 1 ? 'the one live worker that serves it' : `any of the ${workers} live workers that serve it`;
}

function queuedBefore(before: number): string {
  if (before === 0) return 'it is the next of its queue';
  if (before >= MANY) return `at least ${MANY.toLocaleString('en')} runs of its queue come first`;
  return before === 1 ? 'one run of its queue comes first' : `${before} runs of its queue come first`;
}

function because(reason: string | undefined): string {
  return reason === undefined ? '' : ` (${reason})`;
}
