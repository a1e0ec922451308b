import { Admission, Ticket } from '../../src/runner/admission';
import { FleetSlots } from '../../src/runner/fleet-slots';
import type { SlotNeed } from '../../src/runner/fleet-slots';
import { TaskSlots } from '../../src/runner/task-slots';
import { MemoryStore } from '../../src/store/memory/memory-store';
import { MemoryLogger } from '../fixtures/memory-logger';
import { VirtualClock, settle } from '../fixtures/virtual-clock';

const own: SlotNeed = { key: 'task', limit: 1 };
const other: SlotNeed = { key: 'other task', limit: 1 };
const queue: SlotNeed = { key: 'queue', limit: 2 };

describe('letting calls in', () => {
  let tasks: TaskSlots;
  let fleet: FleetSlots;
  let transactions: TaskSlots;
  let admission: Admission;
  let started: string[];

  beforeEach(async () => {
    const clock = new VirtualClock();
    const store = new MemoryStore(clock);
    await store.registerWorker({ workerId: 'w', leaseMs: 1_000, queues: [], workflows: [], label: 'w' });
    tasks = new TaskSlots(2);
    fleet = new FleetSlots({
      store,
      environment: { clock, random: () => 0.5, logger: new MemoryLogger() },
      workerId: () => 'w',
      onDead: () => undefined,
    });
    transactions = new TaskSlots(1);
    admission = new Admission(tasks, fleet, transactions);
    started = [];
  });

  const call = (name: string, ...needs: SlotNeed[]) => {
    const ticket = needs.length === 0 ? undefined : new Ticket(needs);
    const start = (): void => void started.push(name);
    admission.acquire(start, ticket);
    return { end: () => admission.release(ticket), withdraw: () => admission.withdraw(start, ticket) };
  };

  it('takes one under no limit at once', () => {
    call('free');
    expect([started, tasks.taken]).toEqual([['free'], 1]);
  });

  it('keeps no place of the worker for one that waits for the fleet', async () => {
    call('first', own);
    call('second', own);
    await settle();
    expect([started, tasks.taken]).toEqual([['first'], 1]);
    call('free');
    expect(started).toEqual(['first', 'free']);
  });

  it('keeps no slot of the queue for one that waits for its own key', async () => {
    const first = call('first', own, queue);
    call('second', own, queue);
    call('third', other, queue);
    await settle();
    expect(started).toEqual(['first', 'third']);
    first.end();
    await settle();
    expect(started).toEqual(['first', 'third', 'second']);
  });

  it.each(['own', 'queue', 'place'] as const)(
    'gives back all when one that waits for its %s is withdrawn',
    async (where) => {
      const blocking = {
        own: () => [call('blocks', own)],
        queue: () => [call('blocks', queue), call('blocks', queue)],
        place: () => [call('blocks'), call('blocks')],
      }[where]();
      await settle();
      const waiting = call('waiting', own, queue);
      await settle();
      waiting.withdraw();
      for (const one of blocking) one.end();
      await settle();
      expect(started).not.toContain('waiting');
      expect(tasks.taken).toBe(0);
      // Everything is free: as many as the limits allow.
      call('next', own, queue);
      call('next', other, queue);
      await settle();
      expect(started.filter((name) => name === 'next')).toHaveLength(2);
    },
  );

  describe('with a transaction', () => {
    const transactional = (name: string, ...needs: SlotNeed[]) => {
      const ticket = new Ticket(needs, true);
      const start = (): void => void started.push(name);
      admission.acquire(start, ticket);
      return {
        end: () => admission.release(ticket),
        committed: () => admission.releaseTransaction(ticket),
        withdraw: () => admission.withdraw(start, ticket),
      };
    };

    it('takes one connection each, and keeps no place of the worker for one that waits for it', () => {
      const first = transactional('first');
      transactional('second');
      expect([started, tasks.taken]).toEqual([['first'], 1]);
      call('free');
      first.end();
      expect(started).toEqual(['first', 'free', 'second']);
    });

    it('gives the connection to the next one as soon as it is free, while the method still has its place', () => {
      const first = transactional('first');
      transactional('second');
      first.committed();
      expect([started, tasks.taken, transactions.taken]).toEqual([['first', 'second'], 2, 1]);
      first.committed();
      first.end();
      expect([tasks.taken, transactions.taken]).toEqual([1, 1]);
    });

    it('keeps no connection for one that waits for the fleet', async () => {
      const first = transactional('first', own);
      await settle();
      first.committed();
      const waiting = transactional('second', own);
      await settle();
      transactional('third');
      expect(started).toEqual(['first', 'third']);
      waiting.withdraw();
      expect(transactions.taken).toBe(1);
    });

    it('gives back what one has that is withdrawn while it waits for a connection, or for a place', async () => {
      const first = transactional('first');
      transactional('second', own).withdraw();
      await settle();
      first.committed();
      call('third');
      transactional('fourth', own).withdraw();
      await settle();
      expect([started, transactions.taken]).toEqual([['first', 'third'], 0]);
      first.end();
      transactional('fifth', own);
      await settle();
      expect(started).toEqual(['first', 'third', 'fifth']);
    });
  });

  it('lets in ten thousand that end at once, without a stack that grows', async () => {
    let ended = 0;
    for (let n = 0; n < 10_000; n++) {
      const ticket = new Ticket([own, queue]);
      admission.acquire(() => {
        ended++;
        admission.release(ticket);
      }, ticket);
    }
    await settle();
    expect([ended, tasks.taken]).toEqual([10_000, 0]);
  });
});
