import { FleetSlots } from '../../src/runner/fleet-slots';
import type { SlotPool } from '../../src/runner/slot-pool';
import { MemoryStore } from '../../src/store/memory/memory-store';
import { MemoryLogger } from '../fixtures/memory-logger';
import { VirtualClock, settle } from '../fixtures/virtual-clock';

type Verb = 'leaseSlots' | 'returnSlots' | 'findContests';

/** Some workers of one store on a virtual clock, and what they send to it. */
class Fleet {
  readonly clock = new VirtualClock();
  readonly logger = new MemoryLogger();
  readonly store = new MemoryStore(this.clock);
  readonly sent: string[] = [];
  deaths = 0;
  /** Calls inside, by key and in all, and the most that there ever were. */
  inside = new Map<string, number>();
  peak = new Map<string, number>();
  /** What a verb does instead, while set. */
  instead: { [V in Verb]?: (send: () => Promise<unknown>) => Promise<unknown> } = {};

  async join(workerId: string): Promise<Member> {
    await this.store.registerWorker({ workerId, leaseMs: 10_000, queues: [], workflows: [], label: workerId });
    return new Member(this, workerId);
  }

  verb<V extends Verb>(name: V, workerId: string): MemoryStore[V] {
    const verb = async (params: never): Promise<unknown> => {
      this.sent.push(`${workerId} ${name}`);
      const send = (): Promise<unknown> => (this.store[name] as (params: never) => Promise<unknown>)(params);
      return this.instead[name]?.(send) ?? send();
    };
    return verb as unknown as MemoryStore[V];
  }

  entered(key: string): void {
    const now = (this.inside.get(key) ?? 0) + 1;
    this.inside.set(key, now);
    this.peak.set(key, Math.max(now, this.peak.get(key) ?? 0));
  }

  left(key: string): void {
    this.inside.set(key, (this.inside.get(key) ?? 0) - 1);
  }
}

/** One worker: calls of a given length, one after the other or many at once. */
class Member {
  readonly slots: FleetSlots;
  readonly #fleet: Fleet;
  /** Calls that were let in, by key. */
  started = 0;

  constructor(fleet: Fleet, workerId: string) {
    this.#fleet = fleet;
    this.slots = new FleetSlots({
      store: {
        leaseSlots: fleet.verb('leaseSlots', workerId),
        returnSlots: fleet.verb('returnSlots', workerId),
        findContests: fleet.verb('findContests', workerId),
      },
      environment: { clock: fleet.clock, random: () => 0.5, logger: fleet.logger },
      workerId: () => workerId,
      onDead: () => fleet.deaths++,
    });
  }

  /** Wants to call; `ms: Infinity` never ends by itself. Answers how to end it, and how to withdraw it. */
  call(key: string, limit: number, ms: number, then?: () => void): { end(): void; withdraw(): boolean } {
    const pool: SlotPool = this.slots.poolOf({ key, limit });
    const end = (): void => {
      this.#fleet.left(key);
      pool.release();
      then?.();
    };
    const start = (): void => {
      this.started++;
      this.#fleet.entered(key);
      if (ms !== Infinity) this.#fleet.clock.setTimer(ms, end);
    };
    pool.acquire(start);
    return { end, withdraw: () => pool.withdraw(start) };
  }

  /** `width` calls at a time, each followed by another: a demand that never ends. */
  load(key: string, limit: number, ms: number, width: number): void {
    for (let n = 0; n < width; n++) {
      const again = (): void => void this.call(key, limit, ms, again);
      again();
    }
  }
}

describe('the slots that a worker holds of the fleet', () => {
  let fleet: Fleet;
  let a: Member;
  let b: Member;
  beforeEach(async () => {
    fleet = new Fleet();
    a = await fleet.join('a');
    b = await fleet.join('b');
  });
  const count = (line: string): number => fleet.sent.filter((one) => one === line).length;

  it('are asked for once for all calls of a tick, whatever their keys', async () => {
    for (const key of ['x', 'y', 'z']) for (let n = 0; n < 5; n++) a.call(key, 3, Infinity);
    await settle();
    expect(a.started).toBe(9);
    expect(fleet.sent).toEqual(['a leaseSlots']);
  });

  it('are used again without a word to the store, and given back after a second in no use', async () => {
    const first = a.call('x', 2, Infinity);
    await settle();
    first.end();
    for (let n = 0; n < 50; n++) {
      const call = a.call('x', 2, 10);
      await fleet.clock.advance(15);
      expect(call.withdraw()).toBe(false);
    }
    expect([a.started, count('a leaseSlots'), count('a returnSlots')]).toEqual([51, 1, 0]);
    await fleet.clock.advance(2_000);
    expect(count('a returnSlots')).toBe(1);
    expect(
      await fleet.store.leaseSlots({ workerId: 'b', turn: 0, demands: [{ key: 'x', limit: 2, want: 2 }] }),
    ).toMatchObject({
      slots: [{ held: 2 }],
    });
    // Nothing is left to be looked after.
    await fleet.clock.advance(2_000);
    expect(fleet.clock.pendingTimers).toBe(0);
  });

  it('are given back by as many as were idle, the others being kept', async () => {
    const calls = [1, 2, 3].map(() => a.call('x', 3, Infinity));
    await settle();
    calls[0]?.end();
    calls[1]?.end();
    await fleet.clock.advance(2_100);
    b.load('x', 3, Infinity, 3);
    await settle();
    expect([b.started, fleet.inside.get('x')]).toEqual([2, 3]);
  });

  it('are never more than the limit, under constant demand of five workers and with calls that are withdrawn', async () => {
    const others = await Promise.all(['c', 'd', 'e'].map((id) => fleet.join(id)));
    for (const member of [a, b, ...others]) {
      member.load('x', 3, 40, 4);
      member.load('y', 1, 25, 2);
    }
    for (let n = 0; n < 200; n++) {
      const call = a.call('x', 3, 10);
      await fleet.clock.advance(37);
      call.withdraw();
    }
    expect([fleet.peak.get('x'), fleet.peak.get('y')]).toEqual([3, 1]);
    for (const member of [a, b, ...others]) expect(member.started).toBeGreaterThan(5);
  });

  it.each([
    [1, 2],
    [1, 5],
    [2, 3],
    [4, 3],
    [5, 2],
  ])('of a limit of %d starve none of %d workers that always want all of them', async (limit, workers) => {
    const members = [a, b];
    for (let n = 2; n < workers; n++) members.push(await fleet.join(`w${n}`));
    a.load('x', limit, 50, 8);
    await fleet.clock.advance(3_000);
    for (const member of members.slice(1)) member.load('x', limit, 50, 8);
    // Whoever waits is served within a turn of each other, its calls' length and the delay of a retry.
    let before = members.map(({ started }) => started);
    for (let round = 0; round < 4; round++) {
      await fleet.clock.advance(workers * 2_000);
      const after = members.map(({ started }) => started);
      after.forEach((started, i) => expect([i, started > (before[i] as number)]).toEqual([i, true]));
      before = after;
    }
    expect(fleet.peak.get('x')).toBe(limit);
  });

  it('come close to a fair share each', async () => {
    a.load('x', 6, 50, 10);
    await fleet.clock.advance(3_000);
    b.load('x', 6, 50, 10);
    await fleet.clock.advance(3_000);
    const before = [a.started, b.started];
    await fleet.clock.advance(10_000);
    const [ofA = 0, ofB = 0] = [a.started - (before[0] ?? 0), b.started - (before[1] ?? 0)];
    expect(Math.min(ofA, ofB) / Math.max(ofA, ofB)).toBeGreaterThan(0.7);
    // And hardly any slot was idle: six of them, 20 calls a second each.
    expect(ofA + ofB).toBeGreaterThan(6 * 20 * 10 * 0.9);
  });

  it('are given back to whoever waits as soon as a call ends, though its worker has more of them', async () => {
    for (let n = 0; n < 5; n++) a.call('x', 2, 3_000);
    await settle();
    b.call('x', 2, Infinity);
    await fleet.clock.advance(3_700);
    expect(b.started).toBe(1);
  });

  it('are left alone by a worker whose last waiting call was withdrawn', async () => {
    const holder = a.call('x', 1, Infinity);
    await settle();
    const waiting = b.call('x', 1, Infinity);
    await settle();
    expect(waiting.withdraw()).toBe(true);
    await settle();
    expect(await fleet.store.findContests({ workerId: 'a', keys: ['x'] })).toEqual(new Map());
    holder.end();
    await fleet.clock.advance(5_000);
    expect([b.started, fleet.clock.pendingTimers]).toEqual([0, 0]);
  });

  it('are asked for at once when somebody says that some were returned', async () => {
    const holder = a.call('x', 1, Infinity);
    await settle();
    b.call('x', 1, Infinity);
    await settle();
    holder.end();
    await a.slots.close();
    expect(b.started).toBe(0);
    b.slots.askAgain();
    await settle();
    expect(b.started).toBe(1);
  });

  it('are not forgotten when an answer is lost: what was granted is used or given back', async () => {
    fleet.instead.leaseSlots = async (send) => {
      await send();
      throw new Error('connection terminated');
    };
    const call = a.call('x', 1, Infinity);
    const dropped = a.call('y', 1, Infinity);
    await settle();
    expect(a.started).toBe(0);
    fleet.instead = {};
    dropped.withdraw();
    await fleet.clock.advance(2_000);
    expect(a.started).toBe(1);
    expect(fleet.logger.lines.map(({ level }) => level)).toEqual(['warn', 'info']);
    b.call('y', 1, Infinity);
    await settle();
    expect(b.started).toBe(1);
    call.end();
  });

  it('that were being returned when the answer was lost are returned again', async () => {
    a.call('x', 1, 10);
    await settle();
    fleet.instead.returnSlots = () => Promise.reject(new Error('connection terminated'));
    await fleet.clock.advance(2_500);
    expect(count('a returnSlots')).toBeGreaterThan(0);
    fleet.instead = {};
    await fleet.clock.advance(2_000);
    b.call('x', 1, Infinity);
    await settle();
    expect(b.started).toBe(1);
  });

  it('are not given away by a return that arrives after they are in use again', async () => {
    a.call('x', 1, 10);
    await settle();
    let arrives = async (): Promise<unknown> => undefined;
    fleet.instead.returnSlots = (send) => {
      arrives = send;
      return Promise.reject(new Error('connection terminated'));
    };
    await fleet.clock.advance(2_050);
    fleet.instead = {};
    a.call('x', 1, Infinity);
    await fleet.clock.advance(2_000);
    expect(a.started).toBe(2);
    await arrives();
    b.call('x', 1, Infinity);
    await settle();
    expect([b.started, fleet.peak.get('x')]).toEqual([0, 1]);
  });

  it('are not kept by a lease that arrives after the call it was for is gone', async () => {
    let arrives = async (): Promise<unknown> => undefined;
    fleet.instead.leaseSlots = (send) => {
      arrives = send;
      return Promise.reject(new Error('connection terminated'));
    };
    const call = a.call('x', 1, Infinity);
    await settle();
    call.withdraw();
    fleet.instead = {};
    await fleet.clock.advance(3_000);
    await arrives();
    b.call('x', 1, Infinity);
    await fleet.clock.advance(10_000);
    expect(b.started).toBe(0);
    await fleet.clock.advance(60_000);
    expect([a.started, b.started]).toEqual([0, 1]);
  });

  it('asks under its new id for nothing that calls of its old one used', async () => {
    const fleet = new Fleet();
    const [a, b] = [await fleet.join('a'), await fleet.join('b')];
    a.call('x', 2, Infinity);
    b.call('y', 1, Infinity);
    await settle();
    const waiting = a.call('y', 1, Infinity);
    await settle();
    let answer = (): void => undefined;
    const gate = new Promise<void>((resolve) => (answer = resolve));
    fleet.instead.returnSlots = async (send) => (await gate, send());
    waiting.withdraw();
    a.call('x', 2, Infinity).withdraw();
    a.call('x', 2, Infinity);
    await settle();
    expect(fleet.sent.at(-1)).toBe('a returnSlots');
    a.slots.reset();
    answer();
    await settle();
    expect(fleet.sent.at(-1)).toBe('a returnSlots');
  });

  it('are void after the lease was lost: calls that go on no longer count, and new ones ask anew', async () => {
    const old = a.call('x', 2, Infinity);
    await settle();
    a.slots.reset();
    a.call('x', 2, Infinity);
    expect(a.started).toBe(1);
    await settle();
    expect([a.started, count('a leaseSlots')]).toEqual([2, 2]);
    old.end();
    a.call('x', 2, Infinity);
    a.call('x', 2, Infinity);
    await settle();
    // Two are inside for the store: the end of the call from before made no room for a third.
    expect(a.started).toBe(3);
  });

  it('are not taken from an answer that was on its way when the lease was lost', async () => {
    b.call('x', 2, Infinity);
    b.call('x', 2, Infinity);
    b.call('x', 2, Infinity);
    await settle();
    let answer = (): void => undefined;
    fleet.instead.leaseSlots = (send) => new Promise((resolve) => (answer = () => resolve(send())));
    a.call('x', 2, Infinity);
    await settle();
    a.slots.reset();
    fleet.instead = {};
    answer();
    await fleet.clock.advance(3_000);
    expect([a.started, fleet.sent.filter((line) => line.startsWith('a'))]).toEqual([0, ['a leaseSlots']]);
    a.call('x', 2, Infinity);
    await fleet.clock.advance(3_000);
    expect(count('a leaseSlots')).toBeGreaterThan(1);
  });

  it('say that the worker is dead when the store does', async () => {
    await fleet.store.deregisterWorker({ workerId: 'a' });
    a.call('x', 1, Infinity);
    await settle();
    expect([a.started, fleet.deaths]).toEqual([0, 1]);
  });

  it('are all given back by close, which also waits for what is on its way', async () => {
    a.load('x', 2, Infinity, 5);
    await a.slots.close();
    b.load('x', 2, Infinity, 2);
    await settle();
    expect(b.started).toBe(2);
  });
});
