import type { StoredNode } from '../../../src/store/stored-run';
import type { RecordedWait } from '../../../src/core/wait';
import { aNode, at } from './explain-fixture';
import { checked, explain, payWaits, reserving, running } from './orders-fixture';

function paying(wait: unknown, overrides: Partial<StoredNode> = {}): StoredNode {
  return aNode('pay', { status: 'WAITING', wait: wait as RecordedWait, ...overrides });
}

const signal = { kind: 'signal', signal: 'approved', since: at(-30) };

describe('a node that waits for another, which waits itself', () => {
  it.each([
    [
      'for a signal',
      paying(signal),
      'waits-for-signal',
      'waits for signal "approved" (since 2026-01-31T11:59:30.000Z (30 s ago))',
    ],
    [
      'for a signal with a time-out',
      paying(signal, { wakeAt: at(30) }),
      'waits-for-signal',
      'waits for signal "approved" until 2026-01-31T12:00:30.000Z (in 30 s)',
    ],
    [
      'until an instant',
      paying({ kind: 'sleep', since: at(-30) }, { wakeAt: at(30) }),
      'sleeping',
      'sleeps until 2026-01-31T12:00:30.000Z (in 30 s)',
    ],
    [
      'for a child',
      paying({ kind: 'child', id: 'c1', child: { workflow: 'mail', flow: 'main' }, since: at(-30) }),
      'waits-for-child',
      'waits for run c1 of mail.main (since 2026-01-31T11:59:30.000Z (30 s ago))',
    ],
  ])('%s, is not told of an attempt that failed', (_what, pay, code, sentence) => {
    const [node] = explain({ ...running, nodes: [checked, pay] }, 'apologise').nodes;
    expect(node?.sentence).toBe(`it waits for "pay", which ${sentence}`);
    expect(node?.reason).toMatchObject({ on: [{ task: 'pay', status: 'WAITING', wait: { code } }] });
    expect(node?.reason).toMatchObject({ on: [{ attempt: undefined }] });
  });

  it('is told of it among others', () => {
    const nodes = [checked, paying(signal, { wakeAt: at(30) }), reserving];
    const [node] = explain({ ...running, nodes }, 'ship').nodes;
    expect(node?.sentence).toBe(
      'it waits for "pay" (waits for signal "approved" until 2026-01-31T12:00:30.000Z (in 30 s)) ' +
        'and "reserve" (RUNNING with 0 of its 40 elements ended)',
    );
  });

  it('is told of no attempt once that wait is over', () => {
    const nodes = [checked, paying(signal, { wakeAt: at(-1) })];
    const [node] = explain({ ...running, nodes }, 'apologise').nodes;
    expect(node?.sentence).toBe('it waits for "pay", which is WAITING until 2026-01-31T11:59:59.000Z (1 s ago)');
  });

  it('is told which attempt failed where the other backs off after a wait', () => {
    const failedAfterWait = {
      ...payWaits,
      attempt: 2,
      attempts: payWaits.attempts.map((one) => ({ ...one, attempt: 2 })),
    };
    const [node] = explain({ ...running, nodes: [checked, failedAfterWait] }, 'apologise').nodes;
    expect(node?.sentence).toBe(
      'it waits for "pay", which is WAITING after attempt 2 of 6 until 2026-01-31T12:00:30.000Z (in 30 s)',
    );
  });
});
