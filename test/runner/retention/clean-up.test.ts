import 'reflect-metadata';
import { container as globalContainer } from 'tsyringe';
import { WorkflowRunner, defineWorkflow } from '../../../src';
import { cleanUp } from '../../../src/runner/retention/clean-up';
import type { DeletedRuns, DeleteRunsParams } from '../../../src/store/delete-runs';
import type { Store } from '../../../src/store/store';
import { MemoryLogger } from '../../fixtures/memory-logger';
import { VirtualClock } from '../../fixtures/virtual-clock';

const hello = defineWorkflow('hello')
  .flow('main', async (name: string) => `Hello, ${name}!`)
  .build();

describe('a cleanup', () => {
  const clock = new VirtualClock();
  const rule = { ages: { COMPLETED: 0 }, batchSize: 2 };

  /** A store in which batches take so long, and then find so many runs. */
  const storeOf = (batches: readonly { readonly tookMs: number; readonly found: number }[]) => {
    const asked: DeleteRunsParams[] = [];
    const deleteRuns = async (params: DeleteRunsParams): Promise<DeletedRuns> => {
      asked.push(params);
      const { tookMs = 0, found = 0 } = batches[asked.length - 1] ?? {};
      await new Promise<void>((resolve) => void clock.setTimer(tookMs, resolve));
      return { deleted: found, ...(asked.length < batches.length && { next: { createdAt: asked.length, id: 'x' } }) };
    };
    return { store: { deleteRuns } as unknown as Store, asked };
  };

  it('pauses after each batch for as long as it took, and for a moment at least', async () => {
    const { store, asked } = storeOf([
      { tookMs: 300, found: 2 },
      { tookMs: 1, found: 2 },
      { tookMs: 0, found: 1 },
    ]);
    const cleaning = cleanUp(store, clock, rule, new AbortController().signal);
    await clock.advance(599);
    expect(asked).toHaveLength(1);
    await clock.advance(1);
    expect(asked[1]).toEqual({ ages: rule.ages, limit: 2, after: { createdAt: 1, id: 'x' } });
    await clock.advance(20);
    expect(asked).toHaveLength(2);
    await clock.advance(1);
    expect(asked).toHaveLength(3);
    await clock.advance(0);
    expect(await cleaning).toEqual({ deleted: 5, isComplete: true });
    expect(clock.pendingTimers).toBe(0);
  });

  it('ends its pause when it is stopped, and tells what it has done', async () => {
    const { store, asked } = storeOf([
      { tookMs: 10_000, found: 2 },
      { tookMs: 0, found: 2 },
    ]);
    const stop = new AbortController();
    const cleaning = cleanUp(store, clock, rule, stop.signal);
    await clock.advance(10_001);
    stop.abort();
    expect(await cleaning).toEqual({ deleted: 2, isComplete: false });
    expect(asked).toHaveLength(1);
    expect(clock.pendingTimers).toBe(0);
  });

  it('by hand stops when its runner closes', async () => {
    const runner = await WorkflowRunner.create({
      workflows: [hello],
      database: 'memory:',
      container: globalContainer.createChildContainer(),
      logger: new MemoryLogger(),
    });
    for (const name of ['Ada', 'Grace', 'Edsger']) await runner.run(hello, 'main', name);
    const cleaning = runner.cleanup({ olderThan: 0, batchSize: 1 });
    await runner.close();
    expect(await cleaning).toEqual({ deleted: 1, isComplete: false });
    await expect(runner.cleanup({ olderThan: 0 })).rejects.toMatchObject({ code: 'RUNNER_CLOSED' });
  });
});
