import 'reflect-metadata';
import { container } from 'tsyringe';
import { z } from 'zod';
import { WorkflowRunner, defineWorkflow } from '../../src';
import { createOperations } from '../../src/application/local-operations';
import type { Operations } from '../../src/application/operations';
import { MemoryLogger } from '../fixtures/memory-logger';

const inCents = z.object({ total: z.number() }).transform(({ total }) => total * 100);
const bills = defineWorkflow('bills')
  .flow('main', { input: inCents }, async (cents: number) => `paid ${cents}`)
  .flow('again', { input: inCents }, async (cents: number) => `paid ${cents} again`)
  .flow('small', { input: z.number().max(1_000) }, async (cents: number) => `paid ${cents}, a small sum`)
  .flow('plain', async (cents: number) => `has ${cents}`)
  .build();

describe('another flow of a completed run', () => {
  let operations: Operations;

  beforeAll(async () => {
    const runner = await WorkflowRunner.create({
      workflows: [bills],
      database: 'memory:',
      container: container.createChildContainer(),
      logger: new MemoryLogger(),
    });
    operations = createOperations(runner);
  });
  afterAll(() => operations.close());

  async function completed(total: number): Promise<string> {
    const { id } = await operations.create({ workflow: 'bills', flow: 'main', input: { total }, start: false });
    const { run: executed } = await operations.execute(id, { waitMs: 30_000 });
    expect(executed.output).toBe(`paid ${total * 100}`);
    return id;
  }

  it.each([
    ['again', 'paid 500 again'],
    ['plain', 'has 500'],
    ['small', 'paid 500, a small sum'],
  ])('%s has its input as the schema has made it, once', async (flow, output) => {
    const id = await completed(5);
    expect(await operations.execute(id, { flow, waitMs: 30_000 })).toMatchObject({
      outcome: 'forked',
      run: { forkedFrom: id, output },
    });
  });

  it('checks it where it has another schema', async () => {
    const id = await completed(50);
    await expect(operations.execute(id, { flow: 'small' })).rejects.toMatchObject({ code: 'PAYLOAD_INVALID' });
  });

  it('takes another input, which its own schema makes', async () => {
    const id = await completed(5);
    const executed = await operations.execute(id, { flow: 'again', input: { total: 7 }, waitMs: 30_000 });
    expect(executed.run.output).toBe('paid 700 again');
  });
});
