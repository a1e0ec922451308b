import { toErrorRecord } from '../../../src/core/errors/error-record';
import { decodeFailure, encodeFailure, rebuildFailure } from '../../../src/core/errors/failure-record';

const failed = (message: string, index?: number) => ({
  ...toErrorRecord(new TypeError(message)),
  task: 'pay',
  index,
  attempts: 2,
});

describe('a failure', () => {
  it('is stored as plain JSON, and comes back as the error of its task', () => {
    const text = encodeFailure(failed('declined', 3));
    expect(JSON.parse(text)).toMatchObject({
      name: 'TypeError',
      message: 'declined',
      task: 'pay',
      index: 3,
      attempts: 2,
    });
    const error = rebuildFailure(decodeFailure(text));
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toMatchObject({ message: 'declined', task: 'pay', index: 3, attempts: 2 });
  });

  it('of no task has an empty name of one', () => {
    const error = rebuildFailure(decodeFailure(encodeFailure({ ...toErrorRecord('late'), attempts: 0 })));
    expect(error).toMatchObject({ message: 'late', task: '', attempts: 0 });
    expect('index' in error).toBe(false);
  });

  it('of a mapped task lists those of all its instances', () => {
    const error = rebuildFailure(failed('first', 0), [failed('first', 0), failed('third', 2)]);
    expect(error.errors?.map(({ message, index }) => [message, index])).toEqual([['first', 0], ['third', 2]]); // prettier-ignore
  });
});
