import { inspect, isDeepStrictEqual } from 'node:util';
import type { RunRecord } from '../runner/run-record';
import type { CrashSide } from './life';
import { nameOf, timeline } from './timeline';

export interface CrashEverywhereOptions {
  /**
   * What of a run must be the same whether the process crashed or not. Default: its status, output and error, and the status of every
   * node. What has ids or times of the machine in its output needs its own.
   */
  readonly compare?: (run: RunRecord) => unknown;
}

/** What a test did, and how the runs that it started stand after it. */
export interface Rehearsal {
  /** The records that were made, in words. */
  readonly records: readonly string[];
  /** Where it was crashed, in words. */
  readonly crashes: readonly string[];
  /** What the test threw. */
  readonly failure: { readonly error: unknown } | undefined;
  readonly runs: readonly RunRecord[];
}

/** Does the test once more, in memory of its own. @param at the record that it dies of, from 0 */
export type Rehearse = (at?: { readonly record: number; readonly side: CrashSide }) => Promise<Rehearsal>;

/**
 * Repeats a test with a crash before and after each record that it makes.
 *
 * @returns how many crashes there were
 * @throws what the test throws without a crash; an Error that names the crash where the outcome is another with one
 */
export async function crashEverywhere(
  rehearse: Rehearse,
  { compare = outcomeOf }: CrashEverywhereOptions = {},
): Promise<number> {
  const whole = await rehearse();
  if (whole.failure !== undefined) throw whole.failure.error;
  let crashes = 0;
  for (const record of whole.records.keys()) {
    for (const side of ['before', 'after'] as const) {
      const again = await rehearse({ record, side });
      crashes += again.crashes.length;
      check(whole, again, compare);
    }
  }
  return crashes;
}

function check(whole: Rehearsal, again: Rehearsal, compare: (run: RunRecord) => unknown): void {
  const where = `with a crash ${again.crashes.join(' and ') || 'that did not come'}`;
  if (again.failure !== undefined) {
    const { error } = again.failure;
    const message = error instanceof Error ? error.message : inspect(error);
    throw new Error(`${where}, the test fails: ${message}${timelines(again.runs)}`, { cause: error });
  }
  for (const [i, run] of whole.runs.entries()) {
    const other = again.runs[i];
    const [expected, got] = [compare(run), other && compare(other)];
    if (isDeepStrictEqual(expected, got)) continue;
    throw new Error(
      `${where}, a run of ${run.workflow}.${run.flow} ends otherwise than without:\n` +
        `expected ${shown(expected)}\ngot      ${shown(got)}${timelines(other === undefined ? [] : [other])}`,
    );
  }
}

function outcomeOf({ status, output, error, nodes }: RunRecord): unknown {
  const statuses = nodes.map((node) => `${nameOf(node)} ${node.status}`);
  return { status, output, error: error && `${error.name}: ${error.message}`, nodes: statuses.sort() };
}

function shown(value: unknown): string {
  return inspect(value, { depth: 6, breakLength: 160 });
}

function timelines(runs: readonly RunRecord[]): string {
  return runs.map((run) => `\n\n${timeline(run)}`).join('');
}
