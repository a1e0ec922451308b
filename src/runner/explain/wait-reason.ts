import type { StoredNode } from '../../store/stored-run';
import { shownWait } from '../waits/shown-wait';
import { describeInstant } from './instants';

/**
 * What a node waits for that returned a wait.
 *
 * - `sleeping`: until `until`
 * - `waits-for-child`: for the end of that run, which `explain` tells more of
 * - `waits-for-signal`: for a signal of this name; it fails at `until`, where it has a time-out
 */
export type ExplainedWait =
  | { readonly code: 'sleeping'; readonly since: Date; readonly until: Date }
  | {
      readonly code: 'waits-for-child';
      readonly runId: string;
      readonly workflow: string;
      readonly flow: string;
      readonly since: Date;
      readonly until: undefined;
    }
  | {
      readonly code: 'waits-for-signal';
      readonly signal: string;
      readonly since: Date;
      readonly until: Date | undefined;
    };

/** `undefined` for a node that does not wait, and for one whose wait has come to its end and only has to be seen to. */
export function waitReason(stored: StoredNode | undefined, now: number): ExplainedWait | undefined {
  const wait = stored && shownWait(stored);
  if (wait === undefined || (wait.until !== undefined && wait.until.getTime() <= now)) return undefined;
  const { since, until } = wait;
  if (wait.kind === 'child') {
    const { runId, workflow, flow } = wait;
    return { code: 'waits-for-child', runId, workflow, flow, since, until: undefined };
  }
  if (wait.kind === 'signal') return { code: 'waits-for-signal', signal: wait.signal, since, until };
  return until && { code: 'sleeping', since, until };
}

/** What follows "it", or the name of the node. */
export function waitSentence(reason: ExplainedWait, now: number): string {
  if (reason.code === 'sleeping') return `sleeps until ${describeInstant(reason.until, now)}`;
  if (reason.code === 'waits-for-child') {
    return `waits for run ${reason.runId} of ${reason.workflow}.${reason.flow} (since ${describeInstant(reason.since, now)})`;
  }
  const end = reason.until === undefined ? '' : `; it fails at ${describeInstant(reason.until, now)} without one`;
  return `waits for signal "${reason.signal}" (since ${describeInstant(reason.since, now)})${end}`;
}

/** The same in few words, for a sentence about another node. */
export function waitInBrief(reason: ExplainedWait, now: number): string {
  if (reason.code !== 'waits-for-signal' || reason.until === undefined) return waitSentence(reason, now);
  return `waits for signal "${reason.signal}" until ${describeInstant(reason.until, now)}`;
}
