import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { all, defineWorkflow, each } from '../../src';
import type { TaskContext } from '../../src';

/** Every task writes a line of its own into the ledger before it answers: what was really called, whatever the engine recorded. */
export interface LedgerLine {
  readonly run: string;
  readonly task: string;
  readonly attempt: number;
  readonly pid: number;
}

export const LEDGER =
  'CREATE TABLE ledger (id bigserial PRIMARY KEY, run uuid, task text, attempt int, pid int, at timestamptz DEFAULT now())';

/** What each node needs recorded before it may start. */
export const UPSTREAM: Readonly<Record<string, readonly string[]>> = {
  split: [],
  part: ['split'],
  join: ['part'],
  side: ['split'],
  main: ['join', 'side'],
};

/** A map, a join and a side branch; `main` adds up what came through, so that a wrong value is seen in the result. */
export function faultWorkflow(ledger: Client, taskMs: number) {
  const called = async (ctx: TaskContext<number>): Promise<void> => {
    const task = ctx.index === undefined ? ctx.task : `${ctx.task}[${ctx.index}]`;
    await ledger.query('INSERT INTO ledger (run, task, attempt, pid) VALUES ($1, $2, $3, $4)', [
      ctx.runId,
      task,
      ctx.attempt,
      process.pid,
    ]);
    await sleep(Math.random() * taskMs);
  };
  return defineWorkflow('faults')
    .task('split', async (n: number, ctx: TaskContext<number>) => {
      await called(ctx);
      return [n, n + 1, n + 2];
    })
    .task('part', { dependsOn: [each('split')] }, async (n: number, ctx: TaskContext<number>) => {
      await called(ctx);
      return n * 2;
    })
    .task('join', { dependsOn: [all('part')] }, async (parts: number[], ctx: TaskContext<number>) => {
      await called(ctx);
      return parts.reduce((a, b) => a + b, 0);
    })
    .task('side', { dependsOn: ['split'] }, async (parts: number[], ctx: TaskContext<number>) => {
      await called(ctx);
      return parts.length;
    })
    .flow('main', { dependsOn: ['join', 'side'] }, async (sum: number, count: number, ctx: TaskContext<number>) => {
      await called(ctx);
      return sum + count + ctx.input;
    })
    .build();
}

/** What `main` returns for `n`. */
export function expectedOutput(n: number): number {
  return 2 * (3 * n + 3) + 3 + n;
}
