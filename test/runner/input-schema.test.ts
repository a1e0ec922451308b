import 'reflect-metadata';
import { container as globalContainer } from 'tsyringe';
import * as v from 'valibot';
import { z } from 'zod';
import { PayloadInvalidError, WorkflowRunner, defineWorkflow, signal } from '../../src';
import type { StandardSchema, TaskContext } from '../../src';
import { MemoryLogger } from '../fixtures/memory-logger';

interface Order {
  readonly id: string;
  readonly items: readonly { readonly price: number }[];
  readonly at: Date;
}

const ZOD = z.object({
  id: z.string().min(2).default('unnamed'),
  items: z.array(z.object({ price: z.number().positive() })),
  at: z.string().transform((text) => new Date(text)),
});
const VALIBOT = v.object({
  id: v.optional(v.pipe(v.string(), v.minLength(2)), 'unnamed'),
  items: v.array(v.object({ price: v.pipe(v.number(), v.minValue(1)) })),
  at: v.pipe(
    v.string(),
    v.transform((text) => new Date(text)),
  ),
});
/** The same by hand, answering later. */
const LATER: StandardSchema<unknown, Order> = {
  '~standard': { version: 1, vendor: 'test', validate: async (value) => ZOD['~standard'].validate(value) as never },
};

let runner: WorkflowRunner;
const create = async (workflows: Parameters<typeof WorkflowRunner.create>[0]['workflows']): Promise<WorkflowRunner> => {
  const container = globalContainer.createChildContainer();
  runner = await WorkflowRunner.create({ workflows, database: 'memory:', container, logger: new MemoryLogger() });
  return runner;
};

afterEach(() => runner?.close());

const GOOD = { items: [{ price: 2 }, { price: 3 }], at: '2026-01-01T00:00:00Z' } as unknown as Order;
const BAD = { id: 'x', items: [{ price: 1 }, { price: -1 }], at: '2026-01-01T00:00:00Z' } as unknown as Order;

function orders(input: StandardSchema<never, Order>) {
  return defineWorkflow('orders')
    .task('total', async (order: Order) => order.items.reduce((sum, { price }) => sum + price, 0))
    .flow('main', { dependsOn: ['total'], input }, async (total: number, { input: order }: TaskContext<Order>) => {
      return `${order.id}: ${total} at ${order.at.getUTCFullYear()}`;
    })
    .build();
}

describe.each([
  ['zod', ZOD],
  ['valibot', VALIBOT],
  ['a schema that answers later', LATER],
])('a flow whose input is checked by %s', (_name, schema) => {
  const workflow = orders(schema as unknown as StandardSchema<never, Order>);

  it('gets what the schema makes of it', async () => {
    await create([workflow]);
    expect(await runner.run(workflow, 'main', GOOD)).toBe('unnamed: 5 at 2026');
  });

  it('is not started with what the schema refuses, and every issue is told with its path', async () => {
    await create([workflow]);
    const refused = runner.start(workflow, 'main', BAD);
    await expect(refused).rejects.toBeInstanceOf(PayloadInvalidError);
    const { issues, message } = (await refused.catch((error: unknown) => error)) as PayloadInvalidError;
    expect(issues.map(({ path }) => path)).toEqual(['id', 'items[1].price']);
    expect(message).toMatch(
      /^input of orders\.main does not fit its schema; mend what follows and try again:\n {2}- id: /,
    );
    expect((await runner.list()).items).toEqual([]);
  });

  it('is found by its key however the same input was written', async () => {
    await create([workflow]);
    const first = await runner.start(workflow, 'main', GOOD, { idempotencyKey: 'k' });
    const named = { ...GOOD, id: 'unnamed' };
    expect((await runner.start(workflow, 'main', named, { idempotencyKey: 'k' })).id).toBe(first.id);
  });

  it('is checked in a fork, too', async () => {
    await create([workflow]);
    const first = await runner.start(workflow, 'main', GOOD);
    await first.result();
    await expect(runner.fork(first.id, { from: 'total', input: BAD })).rejects.toBeInstanceOf(PayloadInvalidError);
    const forked = await runner.fork(first.id, { from: 'total', input: { ...GOOD, items: [{ price: 7 }] } });
    expect(await forked.result()).toBe('unnamed: 7 at 2026');
  });
});

describe('a schema', () => {
  it('of a child’s flow is checked where the task asks for the child', async () => {
    const child = orders(ZOD as unknown as StandardSchema<never, Order>);
    const parent = defineWorkflow('parent')
      .task('ask', async (order: Order, ctx: TaskContext<Order>) => ctx.child(child, 'main', order))
      .flow('main', { dependsOn: ['ask'] }, async (text: string, _ctx: TaskContext<Order>) => text)
      .build();
    await create([parent, child]);
    expect(await runner.run(parent, 'main', GOOD)).toBe('unnamed: 5 at 2026');
    await expect(runner.run(parent, 'main', BAD)).rejects.toMatchObject({ cause: { code: 'PAYLOAD_INVALID' } });
  });

  it('that answers later cannot be that of a child', async () => {
    const child = orders(LATER as unknown as StandardSchema<never, Order>);
    const parent = defineWorkflow('parent')
      .flow('main', async (order: Order, ctx: TaskContext<Order>) => ctx.child(child, 'main', order))
      .build();
    await create([parent, child]);
    await expect(runner.run(parent, 'main', GOOD)).rejects.toThrow(/its schema answers later/);
  });

  it('that throws is told as the cause', async () => {
    const broken: StandardSchema<never, string> = {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: () => {
          throw new TypeError('broken schema');
        },
      },
    };
    const workflow = defineWorkflow('broken')
      .flow('main', { input: broken }, async (text: string) => text)
      .build();
    await create([workflow]);
    await expect(runner.run(workflow, 'main', 'x')).rejects.toMatchObject({
      code: 'PAYLOAD_INVALID',
      cause: { message: 'broken schema' },
    });
  });

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a number', 7],
    ['neither a value nor issues', {}],
    ['null for issues', { issues: null }],
    ['a text for issues', { issues: 'bad' }],
    ['an empty list of issues', { issues: [] }],
    ['an issue that is none', { issues: [null] }],
  ])('that answers %s lets nothing in', async (_name, answer) => {
    const input: StandardSchema<never, string> = {
      '~standard': { version: 1, vendor: 'test', validate: () => answer as never },
    };
    const workflow = defineWorkflow('broken')
      .flow('main', { input }, async (text: string) => text)
      .build();
    await create([workflow]);
    const refused = runner.run(workflow, 'main', 'x');
    await expect(refused).rejects.toBeInstanceOf(PayloadInvalidError);
    await expect(refused).rejects.toThrow(/the schema's answer must have a value or a list of issues, got /);
  });

  it('that answers later by a promise of another library cannot be that of a child either', async () => {
    const input: StandardSchema<never, Order> = {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: () => ({ then: (resolve: (value: unknown) => void) => resolve({ value: GOOD }) }) as never,
      },
    };
    const child = orders(input);
    const parent = defineWorkflow('parent')
      .flow('main', async (order: Order, ctx: TaskContext<Order>) => ctx.child(child, 'main', order))
      .build();
    await create([parent, child]);
    await expect(runner.run(parent, 'main', GOOD)).rejects.toThrow(/its schema answers later/);
  });

  it('is kept as JSON Schema where it can say so', () => {
    const schemaOf = (input: StandardSchema): unknown =>
      defineWorkflow('kept')
        .flow('main', { input }, async (_: unknown) => 1)
        .build()
        .graph.flows.get('main')?.inputJsonSchema;
    expect(schemaOf(ZOD as unknown as StandardSchema)).toMatchObject({
      type: 'object',
      properties: { id: { type: 'string', minLength: 2, default: 'unnamed' }, at: { type: 'string' } },
      required: ['items', 'at'],
    });
    // JSON knows no dates, and this valibot no JSON Schema.
    expect(schemaOf(z.object({ at: z.date() }) as unknown as StandardSchema)).toBeUndefined();
    expect(schemaOf(VALIBOT as unknown as StandardSchema)).toBeUndefined();
    for (const jsonSchema of [{}, { input: () => 7 }, { input: () => null }, 7]) {
      const odd = { '~standard': { ...LATER['~standard'], jsonSchema } } as unknown as StandardSchema;
      expect(schemaOf(odd)).toBeUndefined();
    }
  });

  it('that is none is a definition error', () => {
    expect(() =>
      defineWorkflow('wrong')
        .flow('main', { input: { parse: () => 1 } as never }, async () => 1)
        .build(),
    ).toThrow('input must be a Standard Schema (of zod, valibot, arktype, …), got an object');
  });

  it('of a signal types and checks both ends', async () => {
    const paid = signal('paid', ZOD);
    const workflow = defineWorkflow('paid')
      .task('wait', async (_: void, ctx: TaskContext<void>) => ctx.waitFor(paid))
      .flow('main', { dependsOn: ['wait'] }, async (order: { at: Date }, _ctx: TaskContext<void>) =>
        order.at.getUTCFullYear(),
      )
      .build();
    await create([workflow]);
    const handle = await runner.start(workflow, 'main', undefined);
    await handle.signal(paid, { items: [], at: '2025-05-05T00:00:00Z' });
    expect(await handle.result()).toBe(2025);
  });
});
