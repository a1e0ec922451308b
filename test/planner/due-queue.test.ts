import * as fc from 'fast-check';
import type { CallState } from '../../src/planner/call-state';
import { earliestDue, enqueueDue } from '../../src/planner/due-queue';
import type { DueEntry } from '../../src/planner/due-queue';

function waiting(at: number): CallState {
  return {
    status: 'WAITING',
    reason: undefined,
    attempt: 1,
    failures: 1,
    firstStartedAt: 0,
    wakeAt: at,
    isReused: false,
    isWait: false,
  };
}

test('the earliest instant comes first, whatever is added and whatever goes stale', () => {
  const step = fc.oneof(
    fc.record({ add: fc.nat(50) }),
    fc.record({ end: fc.nat(30) }),
    fc.record({ move: fc.nat(30), to: fc.nat(50) }),
  );
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 80, size: 'max' }), (steps) => {
      const heap: DueEntry[] = [];
      const calls: CallState[] = [];
      const enqueue = (call: CallState, at: number): void => {
        call.status = 'WAITING';
        call.wakeAt = at;
        enqueueDue(heap, { at, call });
      };
      for (const step of steps) {
        if ('add' in step) {
          const call = waiting(step.add);
          calls.push(call);
          enqueue(call, step.add);
        } else if ('end' in step) {
          const call = calls[step.end];
          if (call !== undefined) call.status = 'RUNNING';
        } else {
          const call = calls[step.move];
          if (call !== undefined) enqueue(call, step.to);
        }
        const instants = calls.flatMap((call) => (call.status === 'WAITING' ? [call.wakeAt as number] : []));
        expect(earliestDue(heap)).toBe(instants.length === 0 ? undefined : Math.min(...instants));
      }
    }),
  );
});
