import { createTestRunner } from '../../src/testing';
import { OrderWorkflow } from '../../examples/order-processing/order-workflow';
import type { TestRunner } from '../../src/testing';

const order = {
  id: 'o-1',
  customer: 'Ann',
  email: 'ann@example.com',
  items: [{ sku: 'book', quantity: 2, unitPrice: 1_500 }],
};

let t: TestRunner;

beforeEach(async () => {
  t = await createTestRunner({ workflows: [OrderWorkflow] });
  t.override(OrderWorkflow, {
    checkInventory: async () => ({ id: 'r-1', items: [] }) as never,
    processPayment: async (valid) => ({ transaction: 't-1', amount: valid.total }) as never,
    prepareShipping: async () => ({ trackingNumber: 'n-1' }) as never,
    updateInventory: async () => ({ book: 8 }),
    sendConfirmation: async () => 'sent',
    refund: async () => undefined,
  });
});

afterEach(() => t.close());

test('an order is paid and sent', async () => {
  const receipt = await t.run(OrderWorkflow, 'main', order);
  expect(receipt).toEqual({
    orderId: 'o-1',
    paid: 3_000,
    transaction: 't-1',
    trackingNumber: 'n-1',
    stockLeft: { book: 8 },
  });
});

test('an inventory that is busy twice is asked three times', async () => {
  let failures = 2;
  t.override(OrderWorkflow, {
    checkInventory: async () => {
      if (failures-- > 0) throw new Error('busy');
      return { id: 'r-1', items: [] } as never;
    },
  });
  await t.run(OrderWorkflow, 'main', order);
  expect(t.calls(OrderWorkflow, 'checkInventory').map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
});

test('a payment that hangs is given up after 500 ms, and tried again', async () => {
  t.override(OrderWorkflow, { processPayment: () => new Promise<never>(() => undefined) });
  const run = await t.start(OrderWorkflow, 'main', order);
  await t.advance('499ms');
  expect(t.calls(OrderWorkflow, 'processPayment')).toHaveLength(1);
  await t.advance('1m');
  expect(t.calls(OrderWorkflow, 'processPayment')).toHaveLength(2);
  await expect(run.result()).rejects.toMatchObject({ code: 'RUN_FAILED', task: 'processPayment' });
});

test('an order for nothing is rejected before anything is reserved', async () => {
  const nothing = { ...order, items: [{ sku: 'book', quantity: 0, unitPrice: 1 }] };
  await expect(t.run(OrderWorkflow, 'main', nothing)).rejects.toMatchObject({ task: 'validateOrder' });
  expect(t.calls(OrderWorkflow, 'checkInventory')).toEqual([]);
});

test('what was paid is given back when the parcel cannot be sent', async () => {
  t.override(OrderWorkflow, { prepareShipping: async () => Promise.reject(new Error('no van')) });
  await expect(t.run(OrderWorkflow, 'main', order)).rejects.toMatchObject({ task: 'prepareShipping' });
  expect(t.calls(OrderWorkflow, 'refund').map(({ args }) => args[0])).toEqual([{ transaction: 't-1', amount: 3_000 }]);
});
