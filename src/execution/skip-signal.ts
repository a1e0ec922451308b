/**
 * What `ctx.skip()` throws. Not a `TypeflowError`: it is no failure, and a task that catches it has not skipped.
 */
export class SkipSignal extends Error {
  constructor(readonly reason: string) {
    super(`the task was skipped: ${reason}`);
    this.name = 'SkipSignal';
  }
}
