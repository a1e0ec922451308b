import { RunFailedError, WorkflowRunner } from 'typeflow';
import { LiveLines } from './live-lines';
import { orders } from './order';
import type { Order, Receipt } from './order';
import { OrderWorkflow } from './order-workflow';

/**
 * Processes a few orders side by side. Each order is started under its own id as idempotency key: kill this program in the middle,
 * start it again on the same database, and every order goes on where it stopped.
 */
async function main(): Promise<void> {
  const startedAt = performance.now();
  const lines = new LiveLines();
  const runner = await WorkflowRunner.create({ workflows: [OrderWorkflow], logger: lines });
  try {
    process.stdout.write(`${runner.graph(OrderWorkflow).toMermaid('main')}\n`);
    const results = await Promise.all(
      orders.map(async (order) => {
        const result = await processOrder(runner, lines, order);
        return { result, afterMs: performance.now() - startedAt };
      }),
    );
    process.stdout.write('\n');
    for (const { result, afterMs } of results)
      process.stdout.write(`${result}   (${(afterMs / 1_000).toFixed(1)} s after start)\n`);
  } finally {
    await runner.close();
  }
}

async function processOrder(runner: WorkflowRunner, lines: LiveLines, order: Order): Promise<string> {
  const handle = await runner.start(OrderWorkflow, 'main', order, { idempotencyKey: order.id });
  lines.name(handle.id, order.id);
  try {
    return describe(await handle.result());
  } catch (error) {
    if (!(error instanceof RunFailedError)) throw error;
    return `${order.id} was rejected: ${(error.cause as Error).message}`;
  }
}

function describe({ orderId, paid, transaction, trackingNumber, stockLeft }: Receipt): string {
  const stock = Object.entries(stockLeft).map(([sku, left]) => `${sku} ${left}`);
  return `${orderId} is done: ${(paid / 100).toFixed(2)} € (${transaction}), sent as ${trackingNumber}, stock left: ${stock.join(', ')}`;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
