import { setTimeout as sleep } from 'node:timers/promises';
import { singleton } from 'tsyringe';
import type { Payment, Reservation, Shipment, ValidOrder } from './order';

/** How long the pretended services take, ms; a test makes them slower, to have time to kill the process. */
const LATENCY_MS = Number(process.env['ORDER_DEMO_LATENCY_MS'] ?? 40);

/** The warehouse: its first answer to every order is an error. */
@singleton()
export class InventoryService {
  readonly #asked = new Set<string>();
  readonly #stock: Record<string, number> = { lamp: 20, desk: 5, chair: 12 };

  async reserve(order: ValidOrder): Promise<Reservation> {
    await sleep(LATENCY_MS);
    if (!this.#asked.has(order.id)) {
      this.#asked.add(order.id);
      throw new Error('the warehouse did not answer');
    }
    return { orderId: order.id, warehouse: 'Rotterdam' };
  }

  async update(order: ValidOrder): Promise<Record<string, number>> {
    await sleep(LATENCY_MS);
    for (const { sku, quantity } of order.items) this.#stock[sku] = (this.#stock[sku] ?? 0) - quantity;
    return Object.fromEntries(order.items.map(({ sku }) => [sku, this.#stock[sku] ?? 0]));
  }
}

/** The payment provider: the first call for Grace's order hangs until it is aborted. */
@singleton()
export class PaymentGateway {
  #hasHung = false;

  async charge(order: ValidOrder, options: { idempotencyKey: string; signal: AbortSignal }): Promise<Payment> {
    if (order.customer === 'Grace' && !this.#hasHung) {
      this.#hasHung = true;
      await sleep(60_000, undefined, { signal: options.signal });
    }
    await sleep(LATENCY_MS, undefined, { signal: options.signal });
    return { transaction: `tx-${options.idempotencyKey.slice(-22, -15)}`, amount: order.total };
  }

  /** A real gateway knows by the key what it has paid back already. */
  async refund(_payment: Payment, _options: { idempotencyKey: string }): Promise<void> {
    await sleep(LATENCY_MS);
  }
}

@singleton()
export class ShippingService {
  async prepare(order: ValidOrder, reservation: Reservation): Promise<Shipment> {
    await sleep(LATENCY_MS);
    return { trackingNumber: `${reservation.warehouse.slice(0, 3).toUpperCase()}-${order.id}` };
  }
}

@singleton()
export class MailService {
  async send(to: string, subject: string): Promise<string> {
    await sleep(LATENCY_MS);
    return `${subject} → ${to}`;
  }
}
