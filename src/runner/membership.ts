import type { Timer } from '../core/clock';
import { Lease } from './lease';
import type { WorkerParams } from './worker-params';

/** What a membership tells its worker. */
export interface MembershipEvents {
  /** The lease has ended without another renewal, whatever the worker is waiting for. */
  readonly onLapsed: () => void;
}

/** A worker's place in the fleet: its id, its row in the store, and the lease that says that it lives. */
export class Membership {
  readonly lease: Lease;
  readonly #params: WorkerParams;
  readonly #events: MembershipEvents;
  #id: string;
  /** That the lease was lost has been told: it is not lost twice. */
  #isLost = false;
  #timer: Timer | undefined;

  constructor(params: WorkerParams, events: MembershipEvents) {
    const { store, environment, settings } = params;
    this.#params = params;
    this.#events = events;
    this.#id = params.newId();
    this.lease = new Lease(environment.clock, store.kind === 'postgres' ? settings.leaseMs : Infinity);
  }

  get id(): string {
    return this.#id;
  }

  async register(): Promise<void> {
    const { store, settings, label, environment, registry } = this.#params;
    const { leaseMs, queues } = settings;
    const { workflows } = registry.claimable;
    const sentAt = environment.clock.monotonic();
    await store.registerWorker({ workerId: this.#id, leaseMs, queues, workflows, label });
    this.renewed(sentAt);
  }

  /** After the worker was declared dead: it is somebody new. */
  async registerAnew(): Promise<void> {
    this.#lost();
    this.#id = this.#params.newId();
    await this.register();
  }

  /** From now on the lease counts anew. @param sentAt monotonic ms when the request left; @param storeNow the store's clock, epoch ms */
  renewed(sentAt: number, storeNow?: number): void {
    this.lease.renewed(sentAt, storeNow);
    this.#isLost = false;
    this.#timer?.cancel();
    if (this.#params.store.kind !== 'postgres') return;
    const { clock } = this.#params.environment;
    const leftMs = sentAt + this.#params.settings.leaseMs - clock.monotonic();
    this.#timer = clock.setTimer(Math.max(0, leftMs), () => this.#lapsed(), { background: true });
  }

  #lapsed(): void {
    this.#lost();
    this.#events.onLapsed();
  }

  #lost(): void {
    if (!this.#isLost) this.#params.telemetry?.leaseLost();
    this.#isLost = true;
  }

  /** The lease is not watched any more. */
  unwatch(): void {
    this.#timer?.cancel();
  }

  /** @throws StoreError; the lease runs out then */
  deregister(): Promise<void> {
    return this.#params.store.deregisterWorker({ workerId: this.#id });
  }
}
