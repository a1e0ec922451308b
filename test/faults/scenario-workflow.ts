import { defineWorkflow } from '../../src';
import type { TaskContext } from '../../src';

/** What the tasks of a scenario do besides answering: they write into the ledger, and wait at a gate that the test opens. */
export interface Scenery {
  called(ctx: TaskContext<string>, upstream: readonly string[]): Promise<void>;
  /** Waits until the test lets this process pass, and blocks nothing meanwhile. */
  gate(task: string): Promise<void>;
  /** The same, as a busy loop: the thread does nothing else. */
  block(task: string): void;
  /** Whether the test has opened the gate of this process. */
  isOpen(task: string): boolean;
  /** Tells the test something. */
  say(line: string): void;
}

const EMPTY: Scenery = {
  called: () => Promise.resolve(),
  gate: () => Promise.resolve(),
  block: () => undefined,
  isOpen: () => false,
  say: () => undefined,
};

/** `work` waits at a gate; what it returns tells which process ran it. */
export function gatedWorkflow({ called, gate, say }: Scenery = EMPTY) {
  return defineWorkflow('gated')
    .task('work', async (_: string, ctx: TaskContext<string>) => {
      ctx.signal.addEventListener('abort', () =>
        say(`aborted ${(ctx.signal.reason as { reason?: string }).reason ?? ''}`),
      );
      await called(ctx, []);
      await gate('work');
      return process.pid;
    })
    .flow('main', { dependsOn: ['work'] }, async (pid: number, ctx: TaskContext<string>) => {
      await called(ctx, ['work']);
      return pid;
    })
    .build();
}

export const GATED_NODES = ['work'];

/** `first` blocks the event loop at a gate; `second` waits for its slot, if the worker has one only. */
export function blockingWorkflow({ called, block }: Scenery = EMPTY) {
  return defineWorkflow('blocking')
    .task('first', async (_: string, ctx: TaskContext<string>) => {
      const written = called(ctx, []);
      // The line leaves before the loop stands still.
      await new Promise((resolve) => setImmediate(resolve));
      await written;
      block('first');
      return process.pid;
    })
    .task('second', async (_: string, ctx: TaskContext<string>) => {
      await called(ctx, []);
      return process.pid;
    })
    .flow(
      'main',
      { dependsOn: ['first', 'second'] },
      async (_first: number, second: number, ctx: TaskContext<string>) => {
        await called(ctx, ['first', 'second']);
        return second;
      },
    )
    .build();
}

export const BLOCKING_NODES = ['first', 'second'];

/** `throw` lets an error out that nobody can catch, after the task has returned; only in a process whose gate is open. */
export function carelessWorkflow({ called, gate, isOpen }: Scenery = EMPTY) {
  return defineWorkflow('careless')
    .task('throw', async (_: string, ctx: TaskContext<string>) => {
      await called(ctx, []);
      if (!isOpen('throw')) return process.pid;
      setTimeout(() => {
        throw new Error('nobody catches this');
      }, 1);
      await gate('never');
      return 0;
    })
    .flow('main', { dependsOn: ['throw'] }, async (pid: number, ctx: TaskContext<string>) => {
      await called(ctx, ['throw']);
      return pid;
    })
    .build();
}

export const CARELESS_NODES = ['throw'];

/** Nothing but a flow at a gate: its end is the run's, in one write. */
export function aloneWorkflow({ called, gate }: Scenery = EMPTY) {
  return defineWorkflow('alone')
    .flow('main', async (_: string, ctx: TaskContext<string>) => {
      await called(ctx, []);
      await gate('main');
      return process.pid;
    })
    .build();
}
