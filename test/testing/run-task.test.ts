import 'reflect-metadata';
import { Compensate, Flow, Task, Workflow, defineWorkflow, signal } from 'typeflow';
import type { TaskContext } from 'typeflow';
import { container, injectable } from 'tsyringe';
import { TaskWithoutValueError, createTestRunner } from 'typeflow/testing';
import type { TestRunner } from 'typeflow/testing';

@injectable()
class Rates {
  rate = 2;
}

const approved = signal<string>('approved');

@Workflow({ name: 'alone' })
class Alone {
  constructor(private readonly rates: Rates) {}

  @Task()
  async price(order: { n: number; at: Date }, ctx: TaskContext<{ n: number; at: Date }>) {
    return { total: order.n * this.rates.rate, at: order.at, of: ctx.input.n, attempt: ctx.attempt };
  }

  @Task({ dependsOn: ['price'], timeout: '1s', retries: 3 })
  async pay(price: { total: number }, ctx: TaskContext<{ n: number; at: Date }>): Promise<string> {
    if (price.total > 100) throw new RangeError('too much');
    if (price.total === 0) return ctx.skip('nothing to pay');
    return `${price.total} as ${ctx.idempotencyKey.slice(37)} by ${ctx.input?.n}`;
  }

  @Compensate('pay')
  async refund(payment: string): Promise<string> {
    return `${payment} refunded`;
  }

  @Task({ dependsOn: ['pay'] })
  approval(_paid: string, ctx: TaskContext<{ n: number; at: Date }>) {
    return ctx.waitFor(approved, { timeout: '2d' });
  }

  @Flow({ dependsOn: ['approval'] })
  async main(by: string, _ctx: TaskContext<{ n: number; at: Date }>): Promise<string> {
    return by;
  }
}

const odd = defineWorkflow('odd')
  .task('map', async (_: void) => new Map([[1, new Date(5)]]))
  .task('bad', async (_: void) => () => 1)
  .task('echo', async (value: unknown) => value)
  .flow(
    'main',
    { dependsOn: ['map', 'bad', 'echo'] },
    async (_m: Map<number, Date>, _b: unknown, _e: unknown, _ctx: TaskContext<void>) => 1,
  )
  .build();

let t: TestRunner;
beforeEach(async () => {
  t = await createTestRunner({ workflows: [Alone, odd], container: container.createChildContainer() });
});
afterEach(() => t.close());

const order = { n: 3, at: new Date('2026-01-01') };

describe('one task alone', () => {
  it('is called on an instance from the container, with its values and a context', async () => {
    expect(await t.runTask(Alone, 'price', order)).toEqual({ total: 6, at: order.at, of: 3, attempt: 1 });
    expect(await t.runTask(Alone, 'pay', { total: 7 }, { context: { input: order, attempt: 4 } })).toBe(
      '7 as pay by 3',
    );
    expect(await t.runTask(Alone, 'refund', 'p-1')).toBe('p-1 refunded');
    expect(t.calls(Alone, 'pay').map(({ attempt, runId }) => [attempt, runId])).toEqual([
      [4, '00000000-0000-7000-8000-000000000000'],
    ]);
  });

  it('is answered by an override', async () => {
    t.override(Alone, { pay: async () => 'not really' });
    expect(await t.runTask(Alone, 'pay', { total: 1 })).toBe('not really');
  });

  it('throws what the method throws, once', async () => {
    await expect(t.runTask(Alone, 'pay', { total: 101 })).rejects.toBeInstanceOf(RangeError);
    expect(t.calls(Alone, 'pay')).toHaveLength(1);
  });

  it('that gives no value says what it asked for', async () => {
    const waiting = t.runTask(Alone, 'approval', 'paid');
    await expect(waiting).rejects.toBeInstanceOf(TaskWithoutValueError);
    await expect(waiting).rejects.toMatchObject({
      wait: { kind: 'signal', signal: 'approved', timeoutMs: 2 * 86_400_000 },
      skipped: undefined,
    });
    await expect(t.runTask(Alone, 'pay', { total: 0 })).rejects.toMatchObject({ skipped: 'nothing to pay' });
  });

  it('gives what a task that depends on it would get, and is refused what could not be stored', async () => {
    expect(await t.runTask(odd, 'map', undefined)).toEqual(new Map([[1, new Date(5)]]));
    await expect(t.runTask(odd, 'bad', undefined)).rejects.toMatchObject({ code: 'VALUE_NOT_STORABLE' });
    // Only an object is taken for the options.
    expect(await t.runTask(odd, 'echo', { context: 'http' })).toEqual({ context: 'http' });
    await expect(t.runTask(odd, 'none', undefined)).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
  });
});
