export interface Order {
  readonly id: string;
  readonly customer: string;
  readonly email: string;
  readonly items: readonly { readonly sku: string; readonly quantity: number; readonly unitPrice: number }[];
}

export interface ValidOrder extends Order {
  /** In cents. */
  readonly total: number;
}

export interface Reservation {
  readonly orderId: string;
  readonly warehouse: string;
}

export interface Payment {
  readonly transaction: string;
  readonly amount: number;
}

export interface Shipment {
  readonly trackingNumber: string;
}

export interface Receipt {
  readonly orderId: string;
  readonly paid: number;
  readonly transaction: string;
  readonly trackingNumber: string;
  readonly stockLeft: Readonly<Record<string, number>>;
}

/** What the demo processes. A-1003 asks for nothing and is rejected; the others go through, with some trouble. */
export const orders: readonly Order[] = [
  { id: 'A-1001', customer: 'Ada', email: 'ada@example.com', items: [{ sku: 'lamp', quantity: 1, unitPrice: 4_900 }] },
  {
    id: 'A-1002',
    customer: 'Grace',
    email: 'grace@example.com',
    items: [
      { sku: 'desk', quantity: 1, unitPrice: 34_900 },
      { sku: 'lamp', quantity: 2, unitPrice: 4_900 },
    ],
  },
  {
    id: 'A-1003',
    customer: 'Alan',
    email: 'alan@example.com',
    items: [{ sku: 'chair', quantity: 0, unitPrice: 12_900 }],
  },
  {
    id: 'A-1004',
    customer: 'Edsger',
    email: 'edsger@example.com',
    items: [{ sku: 'chair', quantity: 4, unitPrice: 12_900 }],
  },
];
