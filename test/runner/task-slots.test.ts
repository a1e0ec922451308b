import { TaskSlots } from '../../src/runner/task-slots';

describe('the slots of a worker', () => {
  it('start at once while there is room, then in the order they came', () => {
    const slots = new TaskSlots(2);
    const started: number[] = [];
    for (const n of [1, 2, 3, 4]) slots.acquire(() => void started.push(n));
    expect(started).toEqual([1, 2]);
    slots.release();
    expect(started).toEqual([1, 2, 3]);
    slots.release();
    slots.release();
    expect(started).toEqual([1, 2, 3, 4]);
    expect(slots.taken).toBe(1);
  });

  it('forget a start that was withdrawn, and say whether it was still queued', () => {
    const slots = new TaskSlots(1);
    const second = jest.fn();
    slots.acquire(() => undefined);
    slots.acquire(second);
    expect(slots.withdraw(second)).toBe(true);
    expect(slots.withdraw(second)).toBe(false);
    slots.release();
    expect(second).not.toHaveBeenCalled();
    expect(slots.taken).toBe(0);
  });
});
