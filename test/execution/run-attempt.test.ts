import { TaskCancelledError, bulkhead, handleAll, retry, timeout, ConstantBackoff, TimeoutStrategy } from 'cockatiel';
import {
  AttemptAbortedError,
  NoManagerError,
  NonRetryableError,
  NotAnArrayError,
  TaskTimeoutError,
  TotalTimeoutError,
  ValueNotStorableError,
} from '../../src/core/errors/task-errors';
import type { TaskContext } from '../../src/core/task-context';
import type { AttemptEnvironment } from '../../src/execution/attempt-request';
import { currentTask } from '../../src/execution/current-task';
import { settle } from '../fixtures/virtual-clock';
import { attemptOf, deferred, nodeWith, RETRIES, systemAttemptOf } from './attempt-fixture';
import { noChildren } from '../fixtures/no-children';

describe('an attempt', () => {
  it('is watched though another one began under fake timers', async () => {
    const node = nodeWith({ timeoutMs: 20 });
    jest.useFakeTimers();
    try {
      systemAttemptOf(() => deferred().promise, { node }).detach();
    } finally {
      jest.useRealTimers();
    }
    const attempt = systemAttemptOf(() => deferred().promise, { node });
    expect(await attempt.result).toMatchObject({ kind: 'failed', timedOut: 'timeout' });
  });

  it('answers with the encoded value', async () => {
    const { attempt } = attemptOf(async () => ({ paid: true }));
    expect(await attempt.result).toEqual({
      kind: 'completed',
      value: '{"paid":true}',
      elements: undefined,
      overran: false,
    });
  });

  it('takes a method that is not async, and one that throws before its first await', async () => {
    expect(await attemptOf(() => 7).attempt.result).toMatchObject({ kind: 'completed', value: '7' });
    const error = new Error('no');
    const thrown = attemptOf(() => {
      throw error;
    });
    expect(await thrown.attempt.result).toEqual({ kind: 'failed', error, isRetryable: true, delayMs: 100 });
  });

  it('draws no delay after the last retry', async () => {
    const { attempt } = attemptOf(() => Promise.reject(new Error('no')), { attempt: 4, failures: 3 });
    expect(await attempt.result).toMatchObject({ kind: 'failed', delayMs: 0 });
  });

  it.each([
    ['a NonRetryableError', new NonRetryableError('stolen'), undefined],
    ['the like of another copy of the package', Object.assign(new Error('x'), { code: 'NON_RETRYABLE' }), undefined],
    ['an error that retryIf refuses', new Error('bad request'), () => false],
    [
      'an error at which retryIf itself throws',
      new Error('x'),
      () => {
        throw new Error('broken filter');
      },
    ],
  ])('is not retryable after %s', async (_name, error, retryIf) => {
    const node = nodeWith({ retries: { ...RETRIES, retryIf } });
    const { attempt } = attemptOf(() => Promise.reject(error), { node });
    expect(await attempt.result).toMatchObject({ kind: 'failed', error, isRetryable: false });
  });

  it('hands the error to retryIf', async () => {
    const retryIf = jest.fn(() => true);
    const error = new Error('busy');
    await attemptOf(() => Promise.reject(error), { node: nodeWith({ retries: { ...RETRIES, retryIf } }) }).attempt
      .result;
    expect(retryIf).toHaveBeenCalledWith(error);
  });

  it('fails for good, with the path, when its value cannot be stored', async () => {
    const { attempt } = attemptOf(() => ({ items: [{ price: () => 1 }] }));
    const result = await attempt.result;
    expect(result).toMatchObject({ kind: 'failed', isRetryable: false });
    expect((result as { error: ValueNotStorableError }).error).toBeInstanceOf(ValueNotStorableError);
    expect((result as { error: ValueNotStorableError }).error.path).toBe('$.items[0].price');
  });

  it('fails when the value is over the cap', async () => {
    const result = await attemptOf(() => 'x'.repeat(2_000)).attempt.result;
    expect(result).toMatchObject({ kind: 'failed', error: { code: 'VALUE_NOT_STORABLE' } });
  });

  it('tells the length of an array, and fails when a task that is mapped over returns none', async () => {
    const each = nodeWith({}, { edges: [{ rule: 'each', from: 'pay', upstream: nodeWith() }] });
    const node = nodeWith({}, { dependents: [{ node: each, edge: 0 }] });
    expect(await attemptOf(() => [1, 2, 3], { node }).attempt.result).toMatchObject({ elements: 3 });
    const result = await attemptOf(() => ({ length: 3 }), { node }).attempt.result;
    expect((result as { error: unknown }).error).toBeInstanceOf(NotAnArrayError);
  });

  it('is skipped by ctx.skip, but not when the task catches what it throws', async () => {
    const skipped = attemptOf((context) => context.skip('sold out'));
    expect(await skipped.attempt.result).toEqual({ kind: 'skipped', reason: 'sold out' });
    const caught = attemptOf((context) => {
      try {
        context.skip('sold out');
      } catch {
        return 'still here';
      }
    });
    expect(await caught.attempt.result).toMatchObject({ kind: 'completed' });
  });
});

describe('the context', () => {
  it('says what the attempt is', async () => {
    let seen: TaskContext | undefined;
    const { attempt } = attemptOf((context) => void (seen = context), { index: 4, attempt: 5 });
    await attempt.result;
    expect(seen).toMatchObject({
      runId: 'run-1',
      task: 'pay',
      index: 4,
      attempt: 5,
      idempotencyKey: 'run-1:pay',
      deadline: undefined,
    });
    expect(seen?.input).toEqual({ order: 1 });
    expect(() => seen?.manager).toThrow(NoManagerError);
  });

  it('has no index in a task that is not mapped, and a deadline when there is a timeout', async () => {
    let seen: TaskContext | undefined;
    const { attempt, clock } = attemptOf((context) => void (seen = context), { node: nodeWith({ timeoutMs: 5_000 }) });
    await attempt.result;
    expect(seen?.index).toBeUndefined();
    expect(seen?.deadline).toEqual(new Date(clock.now() + 5_000));
  });

  it('writes run, task and attempt into every line of its logger', async () => {
    const { attempt, logger } = attemptOf((context) => context.logger.info({ sum: 5 }, 'charged'));
    await attempt.result;
    expect(logger.lines).toEqual([
      {
        level: 'info',
        message: 'charged',
        fields: { workflow: 'shop', runId: 'run-1', task: 'pay', attempt: 1, sum: 5 },
      },
    ]);
  });

  it('takes a message alone, as pino does', async () => {
    const { attempt, logger } = attemptOf((context) => context.logger.warn('nothing to charge'));
    await attempt.result;
    const fields = { workflow: 'shop', runId: 'run-1', task: 'pay', attempt: 1 };
    expect(logger.lines).toEqual([{ level: 'warn', message: 'nothing to charge', fields }]);
  });

  it('takes an error, alone or before a message, as pino does', async () => {
    const err = new Error('declined');
    const { attempt, logger } = attemptOf((context) => {
      context.logger.error(err);
      context.logger.warn(err, 'not charged');
    });
    await attempt.result;
    const fields = { workflow: 'shop', runId: 'run-1', task: 'pay', attempt: 1, err };
    expect(logger.lines).toEqual([
      { level: 'error', message: 'declined', fields },
      { level: 'warn', message: 'not charged', fields },
    ]);
    expect(logger.lines[0]?.fields['err']).toBe(err);
  });

  it('is known to code that the task calls, through awaits and timers', async () => {
    const { attempt } = attemptOf(async () => {
      await new Promise((resolve) => setImmediate(resolve));
      return currentTask()?.task;
    });
    expect(await attempt.result).toMatchObject({ value: '"pay"' });
    expect(currentTask()).toBeUndefined();
  });
});

describe('a timeout', () => {
  it.each(['virtual', 'system'])(
    'ends the attempt on the %s clock, aborts the signal and drops what comes later',
    async (kind) => {
      const late = deferred<string>();
      let signal: AbortSignal | undefined;
      const call = (context: TaskContext): Promise<string> => {
        signal = context.signal;
        return late.promise;
      };
      const node = nodeWith({ timeoutMs: 20 });
      const fixture = kind === 'virtual' ? attemptOf(call, { node }) : undefined;
      const attempt = fixture?.attempt ?? systemAttemptOf(call, { node });
      await fixture?.clock.advance(20);
      const result = await attempt.result;
      expect(result).toMatchObject({ kind: 'failed', timedOut: 'timeout', isRetryable: true, delayMs: 100 });
      expect((result as { error: unknown }).error).toBeInstanceOf(TaskTimeoutError);
      expect(signal?.reason).toBeInstanceOf(TaskTimeoutError);

      let hasEnded = false;
      void attempt.ended.then(() => (hasEnded = true));
      await settle();
      expect(hasEnded).toBe(false);
      late.resolve('too late');
      await attempt.ended;
      expect(await attempt.result).toBe(result);
    },
  );

  it.each(['virtual', 'system'])('swallows a late rejection on the %s clock', async (kind) => {
    const unhandled = jest.fn();
    process.on('unhandledRejection', unhandled);
    const late = deferred<string>();
    const node = nodeWith({ timeoutMs: 5 });
    const fixture = kind === 'virtual' ? attemptOf(() => late.promise, { node }) : undefined;
    const attempt = fixture?.attempt ?? systemAttemptOf(() => late.promise, { node });
    await fixture?.clock.advance(5);
    await attempt.result;
    late.reject(new Error('late'));
    await attempt.ended;
    await settle();
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });

  it('counts a value that a synchronous task returns too late, and says so', async () => {
    const attempt = systemAttemptOf(
      () => {
        const until = performance.now() + 30;
        while (performance.now() < until);
        return 'done';
      },
      { node: nodeWith({ timeoutMs: 5 }) },
    );
    expect(await attempt.result).toMatchObject({ kind: 'completed', value: '"done"', overran: true });
  });

  it('honours durations that Node and Cockatiel would fire at once', async () => {
    const slow = deferred<string>();
    const attempt = systemAttemptOf(() => slow.promise, {
      node: nodeWith({ timeoutMs: 2 ** 31 }),
      environment: timerlessEnvironment(),
    });
    await settle();
    slow.resolve('in time');
    expect(await attempt.result).toMatchObject({ kind: 'completed' });
  });

  it('is the rest of totalTimeout when that is shorter, and then ends the retries', async () => {
    const { attempt, clock } = attemptOf(() => new Promise(() => undefined), {
      node: nodeWith({ timeoutMs: 1_000, totalTimeoutMs: 5_000 }),
      totalTimeLeftMs: 300,
    });
    await clock.advance(300);
    const result = await attempt.result;
    expect(result).toMatchObject({ kind: 'failed', isRetryable: false, timedOut: 'totalTimeout' });
    expect((result as { error: Error }).error).toBeInstanceOf(TotalTimeoutError);
    expect((result as { error: Error }).error.cause).toBeInstanceOf(TaskTimeoutError);
  });

  it('leaves no timer behind', async () => {
    const { attempt, clock } = attemptOf(() => 1, { node: nodeWith({ timeoutMs: 60_000 }) });
    await attempt.result;
    await settle();
    expect(clock.pendingTimers).toBe(0);
  });
});

/** A system environment whose own timers never fire, to show which timer was used. */
function timerlessEnvironment(): AttemptEnvironment {
  return {
    clock: { now: () => 0, monotonic: () => 0, setTimer: () => ({ cancel: () => undefined }) },
    flowOf: noChildren,
    isSystemClock: true,
    logger: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
    random: () => 0,
    maxValueBytes: 1_000,
  };
}

describe('an abort', () => {
  it.each(['cancel', 'deadline', 'lease-lost', 'shutdown'] as const)(
    'reaches the signal with its reason: %s',
    async (cause) => {
      let signal: AbortSignal | undefined;
      const { attempt } = attemptOf((context) => {
        signal = context.signal;
        return new Promise(() => undefined);
      });
      attempt.abort(cause);
      expect(signal?.aborted).toBe(true);
      expect(signal?.reason).toBeInstanceOf(AttemptAbortedError);
      expect((signal?.reason as AttemptAbortedError).reason).toBe(cause);
    },
  );

  it('is seen by a task that reads its signal only later, and only the first counts', async () => {
    const go = deferred<void>();
    const { attempt } = attemptOf(async (context) => {
      await go.promise;
      return (context.signal.reason as AttemptAbortedError).reason;
    });
    attempt.abort('cancel');
    attempt.abort('shutdown');
    go.resolve();
    expect(await attempt.result).toMatchObject({ value: '"cancel"' });
  });

  it('adds no listeners to a shared signal: 2,000 attempts warn of nothing', async () => {
    const warned = jest.fn();
    process.on('warning', warned);
    const gate = deferred<void>();
    const attempts = Array.from({ length: 2_000 }, () =>
      systemAttemptOf((context) => (void context.signal, gate.promise), { node: nodeWith({ timeoutMs: 60_000 }) }),
    );
    gate.resolve();
    await Promise.all(attempts.map(({ result }) => result));
    await settle();
    process.off('warning', warned);
    expect(warned).not.toHaveBeenCalled();
  });
});

describe("the user's own policy", () => {
  it('wraps the call: a retry policy calls several times within one attempt', async () => {
    const policy = retry(handleAll, { maxAttempts: 2, backoff: new ConstantBackoff(1) });
    let calls = 0;
    const attempt = systemAttemptOf(
      () => {
        if (++calls < 3) throw new Error('again');
        return calls;
      },
      { node: nodeWith({ policy }) },
    );
    expect(await attempt.result).toMatchObject({ kind: 'completed', value: '3' });
  });

  it('is left during its backoff when the attempt is aborted, and calls nothing more', async () => {
    const policy = retry(handleAll, { maxAttempts: 5, backoff: new ConstantBackoff(50) });
    let calls = 0;
    const attempt = systemAttemptOf(
      () => {
        calls++;
        throw new Error('again');
      },
      { node: nodeWith({ policy }) },
    );
    await settle();
    attempt.abort('cancel');
    const result = await attempt.result;
    expect((result as { error: unknown }).error).toBeInstanceOf(AttemptAbortedError);
    // Cockatiel's own backoff timer must have fired before "no further call" means anything.
    await new Promise((resolve) => setTimeout(resolve, 80));
    expect(calls).toBe(1);
  });

  it('that times out by itself is an ordinary failure, not the timeout of the task', async () => {
    const policy = timeout(5, TimeoutStrategy.Aggressive);
    const attempt = systemAttemptOf(() => new Promise(() => undefined), {
      node: nodeWith({ policy, timeoutMs: 60_000 }),
    });
    const result = await attempt.result;
    expect(result).toMatchObject({ kind: 'failed' });
    expect(result).not.toHaveProperty('timedOut');
    expect((result as { error: unknown }).error).toBeInstanceOf(TaskCancelledError);
  });

  it('can refuse the call: a full bulkhead', async () => {
    const policy = bulkhead(1, 0);
    const gate = deferred<number>();
    const first = systemAttemptOf(() => gate.promise, { node: nodeWith({ policy }) });
    const second = systemAttemptOf(() => 2, { node: nodeWith({ policy }) });
    expect(await second.result).toMatchObject({ kind: 'failed', isRetryable: true });
    gate.resolve(1);
    expect(await first.result).toMatchObject({ kind: 'completed' });
  });
});
