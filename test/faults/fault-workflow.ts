import { all, defineWorkflow, each } from '../../src';
import type { TaskContext } from '../../src';

/** What a task of a campaign does besides its sum: it writes into the ledger, and takes a while. */
export type Called = (ctx: TaskContext<number>, upstream: readonly string[]) => Promise<void>;

/** A map, a join and a side branch; `main` adds up what came through, so that a wrong value is seen in the result. */
export function faultWorkflow(called: Called = () => Promise.resolve()) {
  return defineWorkflow('faults')
    .task('split', async (n: number, ctx: TaskContext<number>) => {
      await called(ctx, []);
      return [n, n + 1, n + 2];
    })
    .task('part', { dependsOn: [each('split')] }, async (n: number, ctx: TaskContext<number>) => {
      await called(ctx, ['split']);
      return n * 2;
    })
    .task('join', { dependsOn: [all('part')] }, async (parts: number[], ctx: TaskContext<number>) => {
      await called(ctx, ['part']);
      return parts.reduce((a, b) => a + b, 0);
    })
    .task('side', { dependsOn: ['split'] }, async (parts: number[], ctx: TaskContext<number>) => {
      await called(ctx, ['split']);
      return parts.length;
    })
    .flow('main', { dependsOn: ['join', 'side'] }, async (sum: number, count: number, ctx: TaskContext<number>) => {
      await called(ctx, ['join', 'side']);
      return sum + count + ctx.input;
    })
    .build();
}

/** The records of a finished run: of its tasks' calls, and of the map as a whole. */
export const FAULT_NODES = ['split', 'part', 'part[0]', 'part[1]', 'part[2]', 'join', 'side'];

/** The most calls of one run that are in flight at once: three parts and the side branch. */
export const FAULT_WIDTH = 4;

/** What `main` returns for `n`. */
export function expectedOutput(n: number): number {
  return 2 * (3 * n + 3) + 3 + n;
}
