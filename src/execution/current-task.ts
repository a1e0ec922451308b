import { AsyncLocalStorage } from 'node:async_hooks';

/** Which attempt the running code belongs to. */
export interface CurrentTask {
  readonly workflow: string;
  readonly runId: string;
  readonly task: string;
  readonly index: number | undefined;
  readonly attempt: number;
}

const storage = new AsyncLocalStorage<CurrentTask>();

/**
 * The attempt that called the code that asks, through any number of awaits; `undefined` outside of tasks. Meant for a logger's mixin:
 *
 * @example pino({ mixin: () => currentTask() ?? {} })
 */
export function currentTask(): CurrentTask | undefined {
  return storage.getStore();
}

/** Runs `body` as part of `task`. */
export function withCurrentTask<T>(task: CurrentTask, body: () => T): T {
  return storage.run(task, body);
}
