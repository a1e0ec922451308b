import type { RecordParams } from '../store/record';
import { isNewsOf } from './life';
import type { CrashSide, Fate } from './life';
import { nameOf } from './timeline';

/** A record at which the process may die, in words: `the record of pay COMPLETED, reserve[0] FAILED`. */
function describeRecord({ nodes, run }: Pick<RecordParams, 'nodes' | 'run'>): string {
  const words = nodes.filter(isNewsOf).map(({ node: task, index, status }) => `${nameOf({ task, index })} ${status}`);
  if (run?.kind === 'finish') words.push(`the run ${run.status}`);
  else if (run !== undefined) words.push(`the run, which was ${run.kind === 'park' ? 'parked' : 'given back'}`);
  return `the record of ${words.join(', ')}`;
}

/** When the process under test is to die. */
export class CrashPlan {
  readonly #tasks = new Map<string, CrashSide>();
  #at: { readonly record: number; readonly side: CrashSide } | undefined;
  #isStopped = false;
  /** Records so far, in words. */
  readonly records: string[] = [];
  /** Where it died, in words. */
  readonly crashes: string[] = [];

  /** Once, at the next record that ends a call of this task, well or not. */
  afterCallOf(task: string, side: CrashSide): void {
    this.#tasks.set(task, side);
  }

  /** Once, at the record of this number, from 0. */
  atRecord(record: number, side: CrashSide): void {
    this.#at = { record, side };
  }

  /** What comes from now on is not part of the test. */
  stop(): void {
    this.#isStopped = true;
  }

  readonly fate: Fate = (params) => {
    if (this.#isStopped) return undefined;
    const number = this.records.push(describeRecord(params)) - 1;
    const side = this.#atNumber(number) ?? this.#ofTask(params);
    if (side !== undefined) this.crashes.push(`${side} ${this.records[number]}`);
    return side;
  };

  #atNumber(number: number): CrashSide | undefined {
    return this.#at?.record === number ? this.#at.side : undefined;
  }

  #ofTask({ nodes }: Pick<RecordParams, 'nodes'>): CrashSide | undefined {
    for (const { node, status } of nodes) {
      const side = this.#tasks.get(node);
      if (side === undefined || status === 'RUNNING' || status === 'PENDING') continue;
      this.#tasks.delete(node);
      return side;
    }
    return undefined;
  }
}
