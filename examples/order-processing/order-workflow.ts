import { Compensate, Flow, NonRetryableError, Task, Workflow, signal } from 'typeflow';
import type { TaskContext } from 'typeflow';
import type { Order, Payment, Receipt, Reservation, Shipment, ValidOrder } from './order';
import { InventoryService, MailService, PaymentGateway, ShippingService } from './services';

/** Orders of so much are looked at by a person first, in cents. */
const NEEDS_APPROVAL = 100_000;

/** Sent by whoever has looked at a large order. */
export const approved = signal<{ by: string }>('approved');

/** From an order to its receipt. What is not connected by `dependsOn` runs side by side. */
@Workflow({ name: 'order-processing' })
export class OrderWorkflow {
  constructor(
    private readonly inventory: InventoryService,
    private readonly payments: PaymentGateway,
    private readonly shipping: ShippingService,
    private readonly mail: MailService,
  ) {}

  @Task()
  async validateOrder(order: Order): Promise<ValidOrder> {
    if (order.items.some(({ quantity }) => quantity < 1)) {
      throw new NonRetryableError(`order ${order.id} asks for less than one piece of an item`);
    }
    return { ...order, total: order.items.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0) };
  }

  @Task({ dependsOn: ['validateOrder'], retries: { max: 3, backoff: 'exponential', initialDelay: '100ms' } })
  async checkInventory(order: ValidOrder): Promise<Reservation> {
    return this.inventory.reserve(order);
  }

  /** Waits for a person, for days if need be: that takes no memory, and survives restarts. */
  @Task({ dependsOn: ['validateOrder'] })
  async approve(order: ValidOrder, ctx: TaskContext<Order>) {
    return order.total < NEEDS_APPROVAL ? { by: 'default' } : ctx.waitFor(approved, { timeout: '7d' });
  }

  @Task({ dependsOn: ['validateOrder', 'checkInventory', 'approve'], timeout: '500ms', retries: 1 })
  async processPayment(
    order: ValidOrder,
    _reserved: Reservation,
    _approval: { by: string },
    ctx: TaskContext<Order>,
  ): Promise<Payment> {
    return this.payments.charge(order, { idempotencyKey: ctx.idempotencyKey, signal: ctx.signal });
  }

  /** Should anything after the payment fail for good, or the run be cancelled, the money goes back. */
  @Compensate('processPayment', { retries: 5 })
  async refund(payment: Payment, ctx: TaskContext<Order>): Promise<void> {
    await this.payments.refund(payment, { idempotencyKey: ctx.idempotencyKey });
  }

  @Task({ dependsOn: ['validateOrder', 'checkInventory', 'processPayment'] })
  async prepareShipping(order: ValidOrder, reserved: Reservation): Promise<Shipment> {
    return this.shipping.prepare(order, reserved);
  }

  @Task({ dependsOn: ['validateOrder', 'processPayment'] })
  async updateInventory(order: ValidOrder): Promise<Record<string, number>> {
    return this.inventory.update(order);
  }

  @Task({ dependsOn: ['validateOrder', 'processPayment', 'prepareShipping'] })
  async sendConfirmation(order: ValidOrder, payment: Payment, shipment: Shipment): Promise<string> {
    return this.mail.send(order.email, `${payment.amount / 100} € paid, ${shipment.trackingNumber} is on its way`);
  }

  @Flow({ dependsOn: ['processPayment', 'prepareShipping', 'updateInventory', 'sendConfirmation'] })
  async main(
    payment: Payment,
    shipment: Shipment,
    stockLeft: Record<string, number>,
    _mail: string,
    ctx: TaskContext<Order>,
  ): Promise<Receipt> {
    const { transaction, amount: paid } = payment;
    return { orderId: ctx.input.id, paid, transaction, trackingNumber: shipment.trackingNumber, stockLeft };
  }
}
