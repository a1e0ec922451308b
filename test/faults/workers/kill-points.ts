import { writeSync } from 'node:fs';
import { Client } from 'pg';
import type { TaskContext } from '../../../src';

/** Where a process ends itself amid a transactional task, in their order. */
export const KILL_POINTS = [
  'before the body',
  'after the effect',
  'before COMMIT',
  'after COMMIT, before its answer',
  'after its answer',
] as const;

export type KillPoint = (typeof KILL_POINTS)[number];

export interface PlannedDeath {
  readonly point: KillPoint;
  /** The how-manieth time that it is reached, from 1. */
  readonly time: number;
}

/** Of a node by the owner of its run, and of a call on a task queue. */
const COMPLETION = /current_setting\('typeflow\.task'/;

/** Ends this process by SIGKILL at the point that is planned, if one is, and says so with its last breath. */
export class KillPoints {
  readonly #death: PlannedDeath | undefined;
  #times = 0;

  constructor(death: PlannedDeath | undefined) {
    this.#death = death;
    if (death !== undefined) this.#watchCommits();
  }

  reached(point: KillPoint, at?: Pick<TaskContext, 'runId' | 'task' | 'index'>): void {
    if (this.#death?.point !== point || ++this.#times < this.#death.time) return;
    writeSync(1, `dies ${point}${at === undefined ? '' : ` of ${at.task}`}\n`);
    process.kill(process.pid, 'SIGKILL');
  }

  /** The commits of tasks are those that follow a completion on the same connection. */
  #watchCommits(): void {
    const last = new WeakMap<object, string>();
    const reached = (point: KillPoint): void => this.reached(point);
    const prototype = Client.prototype as unknown as { query: (...args: unknown[]) => unknown };
    const { query } = prototype;
    prototype.query = function (this: object, ...args: unknown[]): unknown {
      const [first] = args;
      const text = typeof first === 'string' ? first : String((first as { text?: unknown }).text);
      const isCommit = text === 'COMMIT' && COMPLETION.test(last.get(this) ?? '');
      last.set(this, text);
      if (!isCommit) return query.apply(this, args);
      reached('before COMMIT');
      const answer = query.apply(this, args) as Promise<unknown>;
      // What is written to the socket leaves, whatever becomes of the process.
      reached('after COMMIT, before its answer');
      return answer.then((result) => {
        reached('after its answer');
        return result;
      });
    };
  }
}
