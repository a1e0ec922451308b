import { all, defineWorkflow, each } from '../../src';
import type { TaskContext } from '../../src';
import type { KillPoint } from './workers/kill-points';

/** What the tasks do besides their work. */
export interface TransactionalScenery {
  called(ctx: TaskContext<number>, upstream: readonly string[]): Promise<void>;
  reached(point: KillPoint, ctx: TaskContext<number>): void;
  /** Waits after the effect until the test lets this process pass. */
  gate(task: string): Promise<void>;
}

const EMPTY: TransactionalScenery = {
  called: () => Promise.resolve(),
  reached: () => undefined,
  gate: () => Promise.resolve(),
};

/** The user's table: nothing in it keeps an effect from being there twice. */
export const CREATE_EFFECT =
  'CREATE TABLE effect (run uuid NOT NULL, node text NOT NULL, idx int NOT NULL, pid int NOT NULL)';

const EFFECT = 'INSERT INTO effect (run, node, idx, pid) VALUES ($1, $2, $3, $4)';

/** What `ship` runs on: workers that serve it make its calls for the owners of the runs. */
export const SHIPPING = 'shipping';

/**
 * `book` for the run, `pay` for each of its parts, and `ship` on a task queue have an effect, in the transaction that completes them. The
 * ledger knows calls by the claim of their run, which those of a task queue have not: they are in the table of effects only.
 */
export function transactionalWorkflow({ called, reached, gate }: TransactionalScenery = EMPTY) {
  const effect = async (ctx: TaskContext<number>): Promise<void> => {
    reached('before the body', ctx);
    if (ctx.task !== 'ship') await called(ctx, ['list']);
    await ctx.manager.query(EFFECT, [ctx.runId, ctx.task, ctx.index ?? -1, process.pid]);
    reached('after the effect', ctx);
    await gate(ctx.task);
  };
  return defineWorkflow('transactional')
    .task('list', async (n: number, ctx: TaskContext<number>) => {
      await called(ctx, []);
      return [n, n + 1];
    })
    .task('pay', { dependsOn: [each('list')], transactional: true }, async (n: number, ctx: TaskContext<number>) => {
      await effect(ctx);
      return n * 2;
    })
    .task('book', { dependsOn: ['list'], transactional: true }, async (parts: number[], ctx: TaskContext<number>) => {
      await effect(ctx);
      return parts.length;
    })
    .task(
      'ship',
      { dependsOn: ['list'], transactional: true, queue: SHIPPING },
      async (_: number[], ctx: TaskContext<number>) => {
        await effect(ctx);
        return ctx.input;
      },
    )
    .flow(
      'main',
      { dependsOn: [all('pay'), 'book', 'ship'] },
      async (paid: number[], booked: number, shipped: number, ctx: TaskContext<number>) => {
        await called(ctx, ['pay', 'book', 'ship']);
        return paid.reduce((a, b) => a + b, 0) + booked + shipped;
      },
    )
    .build();
}

export const TRANSACTIONAL_NODES = ['list', 'pay', 'pay[0]', 'pay[1]', 'book', 'ship'];

/** Whose effects a finished run has, once each. */
export const EFFECTS = [
  ['pay', 0],
  ['pay', 1],
  ['book', -1],
  ['ship', -1],
] as const;

/** The most calls of one run that are in flight at once. */
export const TRANSACTIONAL_WIDTH = 3;

export function transactionalOutput(n: number): number {
  return 2 * (2 * n + 1) + 2 + n;
}
