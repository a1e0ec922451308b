import 'reflect-metadata';
import { container } from 'tsyringe';
import { RunNotRetryableError, WorkflowRunner, defineWorkflow } from '../../src';
import type { TaskContext } from '../../src';
import { changeMany } from '../../src/application/bulk';
import { createOperations } from '../../src/application/local-operations';
import { MemoryLogger } from '../fixtures/memory-logger';

/** Runs 0 to `count`, in pages. */
function runnerWith(count: number): Pick<WorkflowRunner, 'list'> {
  return {
    list: async ({ cursor = '0', limit = 0 } = {}) => {
      const end = Math.min(count, Number(cursor) + limit);
      const items = Array.from({ length: end - Number(cursor) }, (_, i) => ({ id: String(Number(cursor) + i) }));
      return { items: items as never, cursor: end < count ? String(end) : undefined };
    },
  };
}

const change = async (count: number, canChange: (id: number) => boolean, dryRun = false) => {
  const seen: number[] = [];
  const answer = await changeMany(runnerWith(count), {
    verb: 'retry',
    filter: { workflow: 'w' },
    dryRun,
    change: async ({ id }) => {
      seen.push(Number(id));
      return canChange(Number(id));
    },
  });
  return { ...answer, seen: seen.length };
};

describe('what is done to many runs', () => {
  it.each([
    [0, { matched: 0, changed: 0, isMore: false }],
    [999, { matched: 999, changed: 999, isMore: false }],
    [1_000, { matched: 1_000, changed: 1_000, isMore: false }],
    [1_001, { matched: 1_000, changed: 1_000, isMore: true }],
    [2_500, { matched: 1_000, changed: 1_000, isMore: true }],
  ])('is done to 1,000 for each call: of %d', async (count, expected) => {
    expect(await change(count, () => true)).toMatchObject(expected);
    const counted = { matched: count, changed: 0, isMore: false, seen: 0 };
    expect(await change(count, () => true, true)).toMatchObject(counted);
  });

  it('gets past those that have it already', async () => {
    const done = new Set<number>();
    const once = (id: number): boolean => !done.has(id) && Boolean(done.add(id));
    expect(await change(2_200, once)).toMatchObject({ matched: 1_000, changed: 1_000, isMore: true });
    expect(await change(2_200, once)).toMatchObject({ matched: 2_000, changed: 1_000, isMore: true });
    expect(await change(2_200, once)).toMatchObject({ matched: 2_200, changed: 200, isMore: false });
    expect(done.size).toBe(2_200);
  });

  it('gets past those that refuse it, and tells of some', async () => {
    const refuse = (id: number): boolean => {
      if (id < 1_500) throw new RunNotRetryableError(String(id), 'RUNNING');
      return true;
    };
    const answer = await change(1_700, refuse);
    expect(answer).toMatchObject({ matched: 1_700, changed: 200, isMore: false });
    expect(answer.failures).toHaveLength(20);
  });

  it('does not look on for ever', async () => {
    const nothing = { matched: 10_000, changed: 0, isMore: true, seen: 10_000 };
    expect(await change(10_001, () => false)).toMatchObject(nothing);
    expect(await change(10_000, () => false)).toMatchObject({ ...nothing, isMore: false });
  });
});

it('a run whose cancel is requested is not cancelled again', async () => {
  let isOpen = false;
  const stubborn = defineWorkflow('stubborn')
    .flow('main', async (_input: unknown, _ctx: TaskContext<unknown>) => {
      while (!isOpen) await new Promise((resolve) => setTimeout(resolve, 5));
    })
    .build();
  const runner = await WorkflowRunner.create({
    workflows: [stubborn],
    database: 'memory:',
    container: container.createChildContainer(),
    logger: new MemoryLogger(),
    worker: { poll: '20ms' },
  });
  const operations = createOperations(runner);
  const { id } = await operations.create({ workflow: 'stubborn', start: true });
  for await (const { status } of operations.events(id, {})) if (status === 'RUNNING') break;
  const cancel = () => operations.cancelMany({ workflow: 'stubborn' }, { dryRun: false });
  expect(await cancel()).toMatchObject({ matched: 1, changed: 1, isMore: false });
  expect(await cancel()).toMatchObject({ matched: 1, changed: 0, isMore: false });
  isOpen = true;
  await runner.result(id).catch(() => undefined);
  expect(await cancel()).toMatchObject({ matched: 0, changed: 0 });
  await operations.close();
});
