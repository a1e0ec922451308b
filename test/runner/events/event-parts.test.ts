import { decode } from '../../../src/core/codec/decode';
import { formatCursor, parseCursor, tokenOf } from '../../../src/runner/events/event-cursor';
import { loggable } from '../../../src/runner/events/loggable';
import { runLogSettings } from '../../../src/runner/events/run-log-options';
import type { FeedRun } from '../../../src/store/run-feed';

describe('a cursor', () => {
  const run: FeedRun = {
    workflow: 'orders',
    flow: 'main',
    status: 'RUNNING',
    generation: 1,
    isCancelRequested: false,
  };

  it('is read as it was written', () => {
    const cursor = { seq: 42, told: tokenOf(run) };
    expect(parseCursor(formatCursor(cursor))).toEqual(cursor);
    expect(parseCursor('0-')).toEqual({ seq: 0, told: '' });
  });

  it('stands for all that is told of a run’s status', () => {
    const changes: Partial<FeedRun>[] = [
      {},
      { status: 'WAITING' },
      { generation: 2 },
      { isCancelRequested: true },
      { wakeAt: 5 },
      { finishedAt: 5 },
    ];
    expect(new Set(changes.map((change) => tokenOf({ ...run, ...change }))).size).toBe(changes.length);
  });

  it.each(['1', '', '12345678901234567-', '1-ABCDEFABCDEF', '-1-', ' 1-', '1-abcdefabcdef '])('is not %j', (text) => {
    expect(() => parseCursor(text)).toThrow('events.after must be the cursor of an event');
  });
});

describe('the fields of a line that is kept', () => {
  const kept = (fields: unknown): unknown => decode(loggable(fields));

  it('are kept as they are, dates and errors too', () => {
    expect(kept({ n: 1, when: new Date(5), list: [1, null] })).toEqual({ n: 1, when: new Date(5), list: [1, null] });
    expect(kept({ err: new RangeError('far') })).toMatchObject({ err: { name: 'RangeError', message: 'far' } });
  });

  it('that cannot be stored are kept in a few words, and the others as they are', () => {
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    const bad = {
      ok: 1,
      call: () => 1,
      circle,
      text: 'a\0b',
      get getter(): number {
        throw new Error('no');
      },
    };
    expect(kept({ ok: 1, call: () => 1 })).toEqual({ ok: 1, call: 'a function (not kept)' });
    expect(kept({ ok: 1, circle })).toEqual({ ok: 1, circle: 'an object that is no Error (not kept)' });
    expect(kept({ ...{ ok: 1 }, text: 'a\0b', half: '\ud800', 'k\0y': 1 })).toEqual({
      ok: 1,
      text: 'a\\u0000b',
      half: '\ufffd',
      'k\\u0000y': 1,
    });
    expect(kept(bad)).toEqual({
      ok: 1,
      call: 'a function (not kept)',
      circle: 'an object that is no Error (not kept)',
      text: 'a\\u0000b',
      getter: 'not to be read: Error: no',
    });
  });

  it('that are too long are cut', () => {
    expect(kept({ ok: 1, long: 'x'.repeat(10_000) })).toEqual({ ok: 1, long: `${'x'.repeat(200)}…` });
    const many = Object.fromEntries(Array.from({ length: 2_000 }, (_, i) => [`key-${i}`, i]));
    const some = kept(many) as Record<string, unknown>;
    expect(some).toMatchObject({ 'key-0': 0, 'key-50': 50, '…': 'further fields are not kept' });
    expect(loggable(many).length).toBeLessThan(4_096);
    const ten = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`key-${i}`, 'x'.repeat(480)]));
    expect(kept(ten)).toMatchObject({ 'key-0': 'x'.repeat(480), '…': 'further fields are not kept' });
    expect(loggable({ err: new Error('x'.repeat(10_000)) }).length).toBeLessThan(4_096);
  });

  it.each([undefined, null, 'text', 7])('are none where %p was given', (fields) => expect(loggable(fields)).toBe('{}'));

  it('of a proxy that throws are none', () => {
    const hostile = new Proxy({}, { ownKeys: () => { throw new Error('hostile'); } }); // prettier-ignore
    expect(loggable(hostile)).toBe('{}');
  });
});

describe('what is kept of logs', () => {
  it('is a thousand lines from info on, unless said otherwise', () => {
    expect(runLogSettings()).toEqual({ lines: 1_000, levels: ['info', 'warn', 'error'] });
    expect(runLogSettings({ lines: 5, level: 'error' })).toEqual({ lines: 5, levels: ['error'] });
    expect(runLogSettings(false)).toBeUndefined();
  });

  it.each([{ lines: 0 }, { lines: 1.5 }, { lines: 100_001 }, { lines: '5' }, { level: 'loud' }])(
    'refuses %j',
    (options) => {
      expect(() => runLogSettings(options as never)).toThrow(
        expect.objectContaining({ code: 'CONFIGURATION_INVALID' }) as Error,
      );
    },
  );
});
