import 'reflect-metadata';
import { container as globalContainer } from 'tsyringe';
import { WorkflowRunner, all, defineWorkflow, each } from '../../src';
import type { TaskContext } from '../../src';
import { MemoryLogger } from '../fixtures/memory-logger';
import { FlushTurn } from '../../src/runner/flush-turn';

/** Counts how often the event loop comes round until it is stopped. */
function countTurns(): { stop(): number } {
  let turns = 0;
  let isOver = false;
  const count = (): void => {
    if (isOver) return;
    turns += 1;
    setImmediate(count);
  };
  setImmediate(count);
  return {
    stop() {
      isOver = true;
      return turns;
    },
  };
}

describe('what is put off', () => {
  it('is done together', async () => {
    const turn = new FlushTurn();
    const order: string[] = [];
    turn.add(() => order.push('flush one'));
    turn.add(() => order.push('flush two'));
    void Promise.resolve().then(() => order.push('settled'));
    await new Promise((resolve) => setImmediate(resolve));
    expect([...order].sort()).toEqual(['flush one', 'flush two', 'settled']);
    expect(order.indexOf('flush two')).toBe(order.indexOf('flush one') + 1);
  });

  it('goes round the event loop after a while, though each does the next at once', async () => {
    const turn = new FlushTurn();
    let flushes = 0;
    const turns = countTurns();
    await new Promise<void>((resolve) => {
      const again = (): void => {
        flushes += 1;
        if (flushes === 1_000) resolve();
        else turn.add(again);
      };
      turn.add(again);
    });
    expect(turns.stop()).toBeGreaterThanOrEqual(40);
  });
});

it('a large map on the memory store lets the rest of its process run', async () => {
  const wide = defineWorkflow('wide')
    .task('list', async (n: number) => Array.from({ length: n }, (_, i) => i))
    .task('double', { dependsOn: [each('list')] }, async (n: number) => 2 * n)
    .flow('main', { dependsOn: [all('double')] }, async (twice: number[], _ctx: TaskContext<number>) => twice.length)
    .build();
  const container = globalContainer.createChildContainer();
  const runner = await WorkflowRunner.create({
    workflows: [wide],
    database: 'memory:',
    container,
    logger: new MemoryLogger(),
  });
  const turns = countTurns();
  expect(await runner.run(wide, 'main', 20_000)).toBe(20_000);
  const passed = turns.stop();
  await runner.close();
  expect(passed).toBeGreaterThanOrEqual(20);
});
