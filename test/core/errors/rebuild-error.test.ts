import { decodeErrorRecord, encodeErrorRecord, toErrorRecord } from '../../../src/core/errors/error-record';
import { rebuildError, rebuildTaskError } from '../../../src/core/errors/rebuild-error';
import { TaskTimeoutError } from '../../../src/core/errors/task-errors';

const origin = { task: 'pay', attempts: 3 };
const stored = (thrown: unknown) => decodeErrorRecord(encodeErrorRecord(toErrorRecord(thrown)));

describe('rebuildTaskError', () => {
  it('gives an Error with all that was recorded, and where it came from', () => {
    const cause = new RangeError('root');
    const thrown = Object.assign(new TypeError('wrong', { cause }), { code: 'E_WRONG', status: 404 });
    const error = rebuildTaskError(stored(thrown), { ...origin, index: 2 });
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toMatchObject({
      name: 'TypeError',
      message: 'wrong',
      code: 'E_WRONG',
      stack: thrown.stack,
      status: 404,
    });
    expect(error).toMatchObject({ task: 'pay', index: 2, attempts: 3 });
    expect(error.cause).toBeInstanceOf(RangeError);
    expect(error.cause).toMatchObject({ message: 'root', stack: cause.stack });
  });

  it('keeps the name and code of a class that is not looked up', () => {
    const error = rebuildTaskError(stored(new TaskTimeoutError('pay', 50)), origin);
    expect(error).not.toBeInstanceOf(TaskTimeoutError);
    expect(error).toMatchObject({ name: 'TaskTimeoutError', code: 'TASK_TIMEOUT', timeoutMs: 50 });
    expect(String(error)).toMatch(/^TaskTimeoutError: task "pay"/);
  });

  it('leaves out what was not recorded', () => {
    const error = rebuildTaskError({ name: 'NonError', message: 'text', code: undefined }, origin);
    expect('code' in error).toBe(false);
    expect('index' in error).toBe(false);
    expect('cause' in error).toBe(false);
    expect(error.stack).toBeUndefined();
  });

  it('makes members task errors of the same call', () => {
    const error = rebuildTaskError(stored(new AggregateError([new Error('a')], 'm')), origin);
    expect(error).toBeInstanceOf(AggregateError);
    expect(error.errors).toEqual([expect.objectContaining({ message: 'a', task: 'pay', attempts: 3 })]);
  });
});

describe('rebuildError', () => {
  it('does the same without a task', () => {
    const error = rebuildError(stored(new AggregateError([new Error('a')], 'm'))) as AggregateError;
    expect(error.errors).toEqual([new Error('a')]);
    expect('task' in error).toBe(false);
  });

  it('lets no recorded property stand in for a method', () => {
    const error = rebuildError({
      name: 'E',
      message: 'm',
      data: { toString: 'x', constructor: 1, ['__proto__']: 2, ok: true },
    });
    expect(String(error)).toBe('E: m');
    expect(error).toMatchObject({ ok: true });
    expect(error).toBeInstanceOf(Error);
  });
});
