import { ConfigurationError, RunNotFoundError, defineWorkflow } from '../../src';
import type { TaskContext, WorkflowRunner } from '../../src';
import { engineFixture } from './engine-fixture';
import type { OpenDatabase } from './engine-fixture';

const counting = defineWorkflow('counting')
  .task('count', async (n: number) => n + 1)
  .flow('main', { dependsOn: ['count'] }, async (n: number, _ctx: TaskContext<number>) => n)
  .build();

/** How long runs are kept: every store runs these same cases. */
export function retentionSuite(name: string, openDatabase: OpenDatabase): void {
  describe(`how long runs are kept on ${name}`, () => {
    const engine = engineFixture(openDatabase);
    let runner: WorkflowRunner;
    // One runner serves most cases: on PGlite a start takes seconds.
    beforeAll(async () => void (runner = await engine.use([counting])), 60_000);

    it('is for ever, until somebody cleans up; a deleted run is unknown, and its key is free', async () => {
      expect(await runner.run(counting, 'main', 1, { idempotencyKey: 'once' })).toBe(2);
      const first = await runner.start(counting, 'main', 1, { idempotencyKey: 'once' });
      const later = await runner.start(counting, 'main', 1, { delay: '1h' });
      expect(await runner.cleanup({ olderThan: '1h' })).toEqual({ deleted: 0, isComplete: true });
      expect(await runner.cleanup({ olderThan: 0, status: 'FAILED' })).toEqual({ deleted: 0, isComplete: true });
      expect(await runner.cleanup({ olderThan: 0 })).toEqual({ deleted: 1, isComplete: true });
      expect(await first.get()).toBeUndefined();
      await expect(first.result()).rejects.toBeInstanceOf(RunNotFoundError);
      await expect(runner.retry(first.id)).rejects.toBeInstanceOf(RunNotFoundError);
      expect(await later.get()).toMatchObject({ status: 'PENDING' });
      expect(await runner.run(counting, 'main', 5, { idempotencyKey: 'once' })).toBe(6);
      await later.cancel();
    });

    it('rejects whoever waits for a run that is deleted meanwhile', async () => {
      const later = await runner.start(counting, 'main', 1, { delay: '1h' });
      const waiting = expect(later.result()).rejects.toThrow();
      await later.cancel();
      await runner.cleanup({ olderThan: 0 });
      await waiting;
      await expect(later.result()).rejects.toBeInstanceOf(RunNotFoundError);
    });

    it('stops between two batches when its signal says so', async () => {
      for (let n = 0; n < 3; n += 1) await runner.run(counting, 'main', n);
      expect(await runner.cleanup({ olderThan: 0, signal: AbortSignal.abort() })).toEqual({
        deleted: 0,
        isComplete: false,
      });
      expect((await runner.cleanup({ olderThan: 0, batchSize: 1 })).deleted).toBeGreaterThanOrEqual(3);
    });

    it('is carried out by the worker on its schedule', async () => {
      runner = await engine.use([counting], { retention: { completed: 1, every: 20 } });
      const handle = await runner.start(counting, 'main', 1);
      while ((await handle.get()) !== undefined) await new Promise((resolve) => setTimeout(resolve, 5));
    });

    it('is no business of a client', async () => {
      await expect(engine.use([counting], { worker: false, retention: { completed: '1d' } })).rejects.toBeInstanceOf(
        ConfigurationError,
      );
    });
  });
}
