import type { EntityManager } from 'typeorm';
import type { TaskContext } from '../../src/core/task-context';
import type { AttemptRequest, CompletedResult } from '../../src/execution/attempt-request';
import type { AttemptTransaction, CommitAnswer } from '../../src/execution/transactional-method';
import { settle } from '../fixtures/virtual-clock';
import type { VirtualClock } from '../fixtures/virtual-clock';
import { attemptOf, deferred, nodeWith } from './attempt-fixture';
import type { AttemptFixture } from './attempt-fixture';
import { noChildren } from '../fixtures/no-children';

const TRANSACTIONAL = nodeWith({ transactional: true, timeoutMs: 1_000 });

/** Says what the attempt does with its transactions, in order; how commits end is the test's to say. */
class Transactions {
  readonly log: string[] = [];
  readonly answers: (CommitAnswer | Promise<CommitAnswer> | Error)[] = [];
  /** When a connection is there. */
  begins: Promise<undefined> | undefined;
  #count = 0;

  async begin(): Promise<AttemptTransaction> {
    const id = ++this.#count;
    this.log.push(`begin ${id}`);
    await this.begins;
    return {
      manager: { id } as unknown as EntityManager,
      run: (body) => body(),
      isTransient: (error) => error === 'conflict',
      commit: (result) => this.#commit(id, result),
      rollback: async () => void this.log.push(`rollback ${id}`),
      destroy: () => void this.log.push(`destroy ${id}`),
    };
  }

  over(): void {
    this.log.push('over');
  }

  async #commit(id: number, { value }: CompletedResult): Promise<CommitAnswer> {
    this.log.push(`commit ${id} ${value}`);
    const answer = await (this.answers.shift() ?? { kind: 'committed' });
    if (answer instanceof Error) throw answer;
    return answer;
  }
}

let transactions: Transactions;

beforeEach(() => {
  transactions = new Transactions();
});

function attempt(call: (context: TaskContext) => unknown, parts: Partial<AttemptRequest> = {}): AttemptFixture {
  return attemptOf(call, { node: TRANSACTIONAL, transactions, ...parts });
}

/** Lets the pauses between repeated calls pass. */
async function pass(clock: VirtualClock, ms: number): Promise<void> {
  await settle();
  await clock.advance(ms);
  await settle();
}

describe('an attempt that works in a transaction', () => {
  it('commits its value with its work, and is over then', async () => {
    const { attempt: one } = attempt((context) => (context.manager as unknown as { id: number }).id);
    expect(await one.result).toEqual({ kind: 'completed', value: '1', overran: false, isCommitted: true });
    expect(transactions.log).toEqual(['begin 1', 'commit 1 1', 'over']);
  });

  it.each([
    ['throws', () => Promise.reject(new Error('no')), { kind: 'failed' }],
    ['skips', (context: TaskContext) => context.skip('no'), { kind: 'skipped', reason: 'no' }],
    ['returns what cannot be stored', () => () => 1, { kind: 'failed', error: { code: 'VALUE_NOT_STORABLE' } }],
  ])('is rolled back before its end is told when it %s', async (_how, call, end) => {
    const { attempt: one } = attempt(call);
    expect(await one.result).toMatchObject(end);
    expect(transactions.log).toEqual(['begin 1', 'rollback 1', 'over']);
  });

  it('is destroyed by its timeout', async () => {
    const { attempt: one, clock } = attempt(() => new Promise(() => undefined));
    await pass(clock, 1_000);
    expect(await one.result).toMatchObject({ kind: 'failed', timedOut: 'timeout' });
    expect(transactions.log).toEqual(['begin 1', 'destroy 1', 'over']);
  });

  it('does not fail by a timeout while the commit is on its way: the answer counts', async () => {
    const answer = deferred<CommitAnswer>();
    transactions.answers.push(answer.promise);
    const { attempt: one, clock } = attempt(() => 1);
    await pass(clock, 5_000);
    expect([one.isCommitting, transactions.log]).toEqual([true, ['begin 1', 'commit 1 1']]);
    answer.resolve({ kind: 'committed' });
    expect(await one.result).toMatchObject({ kind: 'completed', isCommitted: true });
    expect([one.isCommitting, transactions.log.at(-1)]).toEqual([false, 'over']);
  });

  it('times out when the commit that was on its way turns out to be none', async () => {
    const answer = deferred<CommitAnswer>();
    transactions.answers.push(answer.promise);
    const { attempt: one, clock } = attempt(() => 1);
    await pass(clock, 5_000);
    answer.resolve({ kind: 'again', error: new Error('lost') });
    expect(await one.result).toMatchObject({ kind: 'failed', timedOut: 'timeout' });
    expect(transactions.log).toEqual(['begin 1', 'commit 1 1', 'over']);
  });

  it('calls the method anew when the commit had to give way, and fails after five of these', async () => {
    let calls = 0;
    transactions.answers.push(
      ...Array.from({ length: 6 }, () => ({ kind: 'again', error: new Error('40001') }) as const),
    );
    const { attempt: one, clock } = attempt(() => ++calls, { node: nodeWith({ transactional: true }) });
    for (let n = 0; n < 6; n++) await pass(clock, 1_000);
    expect(await one.result).toMatchObject({ kind: 'failed', error: { message: '40001' }, isRetryable: true });
    expect(calls).toBe(6);
    expect(transactions.log.filter((line) => line.startsWith('begin'))).toHaveLength(6);
  });

  it('calls the method anew when a statement of it had to give way', async () => {
    let calls = 0;
    const { attempt: one, clock } = attempt(async () => {
      if (++calls === 1) throw 'conflict';
      return calls;
    });
    await pass(clock, 500);
    expect(await one.result).toMatchObject({ kind: 'completed', value: '2' });
    expect(transactions.log).toEqual(['begin 1', 'rollback 1', 'begin 2', 'commit 2 2', 'over']);
  });

  it('is not called anew for a statement that had to give way once it was asked to stop', async () => {
    const statement = deferred<never>();
    const { attempt: one } = attempt(() => statement.promise);
    await settle();
    one.abort('cancel');
    statement.reject('conflict');
    expect(await one.result).toMatchObject({ kind: 'failed', error: 'conflict' });
    expect(transactions.log).toEqual(['begin 1', 'rollback 1', 'over']);
  });

  it('is not called anew once it was asked to stop', async () => {
    transactions.answers.push({ kind: 'again', error: new Error('40001') });
    const { attempt: one, clock } = attempt(() => 1);
    one.abort('cancel');
    await pass(clock, 500);
    expect(await one.result).toMatchObject({ kind: 'failed', error: { code: 'ATTEMPT_ABORTED' } });
    expect(transactions.log).toEqual(['begin 1', 'commit 1 1', 'over']);
  });

  it.each(['cancel', 'lease-lost'] as const)('fails for good when its commit is refused by %s', async (cause) => {
    transactions.answers.push({ kind: 'refused', cause });
    const { attempt: one } = attempt(() => 1);
    expect(await one.result).toMatchObject({ kind: 'failed', isRetryable: false, error: { reason: cause } });
    expect(transactions.log).toEqual(['begin 1', 'commit 1 1', 'over']);
  });

  it('fails with what the database has against the commit', async () => {
    transactions.answers.push(new Error('a deferred constraint'));
    const { attempt: one } = attempt(() => 1);
    expect(await one.result).toMatchObject({ kind: 'failed', error: { message: 'a deferred constraint' } });
  });

  it('is destroyed when nobody waits for it any more, or as soon as it has begun', async () => {
    const { attempt: one } = attempt(() => new Promise(() => undefined));
    await settle();
    one.detach();
    expect(transactions.log).toEqual(['begin 1', 'destroy 1', 'over']);
    const begins = deferred<undefined>();
    transactions.begins = begins.promise;
    const { attempt: other } = attempt(() => new Promise(() => undefined));
    await settle();
    other.detach();
    expect(transactions.log.slice(3)).toEqual(['begin 2']);
    begins.resolve(undefined);
    await settle();
    expect(transactions.log.slice(3)).toEqual(['begin 2', 'destroy 2', 'over']);
  });

  it('keeps its connection until a commit on its way is answered, though nobody waits for it', async () => {
    const answer = deferred<CommitAnswer>();
    transactions.answers.push(answer.promise);
    const { attempt: one } = attempt(() => 1);
    await settle();
    one.detach();
    expect(transactions.log).toEqual(['begin 1', 'commit 1 1']);
    answer.resolve({ kind: 'again', error: new Error('40001') });
    await settle();
    expect(transactions.log).toEqual(['begin 1', 'commit 1 1', 'over']);
  });

  it('lets a call that a policy gave up work in no later transaction', async () => {
    let first: TaskContext | undefined;
    const policy = {
      async execute(fn: (context: object) => unknown): Promise<unknown> {
        void fn({ signal: new AbortController().signal });
        await settle();
        return fn({ signal: new AbortController().signal });
      },
    };
    const { attempt: one } = attempt(
      (context) => {
        if (first !== undefined) return 'second';
        first = context;
        return new Promise(() => undefined);
      },
      { node: nodeWith({ transactional: true, policy }) },
    );
    await one.result;
    expect(transactions.log).toEqual(['begin 1', 'rollback 1', 'begin 2', 'commit 2 "second"', 'over']);
    expect(() => first?.manager).toThrow(/its transaction is over/);
  });

  it('commits nothing of a call that a policy gave up, with the value that it gives in place of it', async () => {
    const policy = {
      async execute(fn: (context: object) => unknown): Promise<unknown> {
        void fn({ signal: new AbortController().signal });
        await settle();
        return 'instead';
      },
    };
    const node = nodeWith({ transactional: true, policy });
    const { attempt: one } = attempt(() => new Promise(() => undefined), { node });
    const result = await one.result;
    expect(result).toEqual({ kind: 'completed', value: '"instead"', overran: false });
    expect(transactions.log).toEqual(['begin 1', 'rollback 1', 'over']);
  });

  it('gives its connection back when the completion cannot even be made', async () => {
    const { attempt: one } = attempt(() => 1);
    transactions.answers.push(new TypeError('a fault of ours'));
    expect(await one.result).toMatchObject({ kind: 'failed', error: { message: 'a fault of ours' } });
    expect(transactions.log).toEqual(['begin 1', 'commit 1 1', 'destroy 1', 'over']);
  });

  it('records a value that a policy gives in place of the method like any other', async () => {
    const policy = {
      execute: async (fn: (context: object) => unknown) => Promise.resolve(fn({})).catch(() => 'instead'),
    };
    const { attempt: one } = attempt(() => Promise.reject(new Error('no')), {
      node: nodeWith({ transactional: true, policy }),
    });
    const result = await one.result;
    expect(result).toEqual({ kind: 'completed', value: '"instead"', overran: false });
    expect(transactions.log).toEqual(['begin 1', 'rollback 1', 'over']);
  });
});

describe('ctx.manager where there is no transaction', () => {
  it('is what a test supplies, or tells what to do', async () => {
    const manager = { of: 'a test' } as unknown as EntityManager;
    const node = nodeWith({ transactional: true });
    const { environment } = environmentOf();
    const supplied = attemptOf((context) => context.manager, { node, environment: { ...environment, manager } });
    expect(await supplied.attempt.result).toMatchObject({ kind: 'completed', value: '{"of":"a test"}' });
    const none = attemptOf((context) => context.manager, { node });
    expect(await none.attempt.result).toMatchObject({ error: { code: 'NO_MANAGER', reason: 'no-database' } });
    const ordinary = attemptOf((context) => context.manager, { environment: { ...environment, manager } });
    expect(await ordinary.attempt.result).toMatchObject({ error: { code: 'NO_MANAGER', reason: 'ordinary' } });
  });
});

function environmentOf(): Pick<AttemptRequest, 'environment'> {
  const { clock, logger } = attemptOf(() => undefined);
  return {
    environment: { flowOf: noChildren, clock, isSystemClock: false, logger, random: () => 0.5, maxValueBytes: 1_000 },
  };
}
