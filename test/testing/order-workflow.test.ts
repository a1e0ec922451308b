import 'typeflow/testing/jest';
import { createTestRunner, overridesOf } from 'typeflow/testing';
import type { TestRunner } from 'typeflow/testing';
import { OrderWorkflow, approved } from '../../examples/order-processing/order-workflow';

// As somebody would write it who has just written the workflow: no service of it is really called.
const services = overridesOf(OrderWorkflow, {
  checkInventory: async (order) => ({ orderId: order.id, warehouse: 'Test' }),
  processPayment: async (order) => ({ transaction: 't-1', amount: order.total }),
  prepareShipping: async () => ({ trackingNumber: 'n-1' }),
  updateInventory: async () => ({ book: 8 }),
  sendConfirmation: async () => 'sent',
  refund: async () => undefined,
});

const order = {
  id: 'o-1',
  customer: 'Ann',
  email: 'ann@example.com',
  items: [{ sku: 'book', quantity: 2, unitPrice: 1_500 }],
};

let t: TestRunner;
beforeEach(async () => {
  t = await createTestRunner({ workflows: [OrderWorkflow], overrides: [services] });
});
afterEach(() => t.close());

test('an order is paid and sent', async () => {
  expect(await t.run(OrderWorkflow, 'main', order)).toEqual({
    orderId: 'o-1',
    paid: 3_000,
    transaction: 't-1',
    trackingNumber: 'n-1',
    stockLeft: { book: 8 },
  });
});

test('a warehouse that is busy twice is asked three times', async () => {
  let failures = 2;
  t.override(OrderWorkflow, {
    checkInventory: async ({ id }) => {
      if (failures-- > 0) throw new Error('busy');
      return { orderId: id, warehouse: 'Test' };
    },
  });
  const run = await t.start(OrderWorkflow, 'main', order);
  await expect(run).toHaveCompleted();
  await expect(run).toHaveAttempted('checkInventory', 3);
});

test('a payment that hangs is given up after 500 ms, and tried again', async () => {
  t.override(OrderWorkflow, { processPayment: () => new Promise<never>(() => undefined) });
  const run = await t.start(OrderWorkflow, 'main', order);
  await t.advance('499ms');
  expect(t.calls(OrderWorkflow, 'processPayment')).toHaveLength(1);
  await t.advance('1m');
  await expect(run).toHaveFailedWith('timeout of 500ms');
  await expect(run).toHaveAttempted('processPayment', 2);
});

test('an order for nothing is rejected before anything is reserved', async () => {
  const nothing = { ...order, items: [{ sku: 'book', quantity: 0, unitPrice: 1 }] };
  const run = await t.start(OrderWorkflow, 'main', nothing);
  await expect(run).toHaveFailedWith('asks for less than one piece');
  await expect(run).toHaveSkipped('checkInventory');
});

test('a large order waits for a person, two days if need be', async () => {
  const large = { ...order, items: [{ sku: 'desk', quantity: 4, unitPrice: 34_900 }] };
  const run = await t.start(OrderWorkflow, 'main', large);
  await t.until(run, 'approve', 'WAITING');
  await t.advance('2d');
  expect(t.calls(OrderWorkflow, 'processPayment')).toEqual([]);
  await t.signal(run, approved, { by: 'ann' });
  expect(await run.result()).toMatchObject({ paid: 139_600 });
});

test('what was paid is given back when the parcel cannot be sent', async () => {
  t.override(OrderWorkflow, { prepareShipping: () => Promise.reject(new Error('no van')) });
  const run = await t.start(OrderWorkflow, 'main', order);
  await expect(run).toHaveFailedWith('no van');
  await expect(run).toHaveCompensated('processPayment');
});

test('it ends the same wherever the process crashes', async () => {
  await t.crashEverywhere(async (again) => {
    expect(await again.run(OrderWorkflow, 'main', order)).toMatchObject({ paid: 3_000 });
  });
});

test('the price of an order', async () => {
  expect(await t.runTask(OrderWorkflow, 'validateOrder', order)).toMatchObject({ total: 3_000 });
});
