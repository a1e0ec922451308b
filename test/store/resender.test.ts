import { Resender } from '../../src/store/typeorm/resender';
import { VirtualClock } from '../fixtures/virtual-clock';

const databaseError = (code: string): Error => Object.assign(new Error(`state ${code}`), { code });

/** Fails with these codes, one after the other and the last one again and again; `undefined` is success. */
function failing(...codes: (string | undefined)[]) {
  const calls: boolean[] = [];
  const attempt = async (again: boolean): Promise<string> => {
    const code = codes[Math.min(calls.length, codes.length - 1)];
    calls.push(again);
    if (code !== undefined) throw databaseError(code);
    return 'done';
  };
  return { calls, attempt };
}

async function outcome(clock: VirtualClock, promise: Promise<string>): Promise<string> {
  const settled = promise.catch((error: Error & { code: string }) => error.code);
  await clock.advance(60_000);
  return settled;
}

// R28, and the transient half of R24
describe('sending again', () => {
  it.each(['40001', '40P01', '55P03'])('passes over a conflict (%s) five times, then says so', async (code) => {
    const clock = new VirtualClock();
    const resender = new Resender({ clock });
    for (const send of ['once', 'repeat'] as const) {
      const passing = failing(code, code, code, code, code, undefined);
      expect(await outcome(clock, resender[send](passing.attempt as () => Promise<string>))).toBe('done');
      expect(passing.calls).toHaveLength(6);
      const lasting = failing(code);
      expect(await outcome(clock, resender[send](lasting.attempt as () => Promise<string>))).toBe(code);
      expect(lasting.calls).toHaveLength(6);
    }
  });

  it.each(['ECONNRESET', '57P01', '57014', '08006', '53300', '25006'])(
    'repeats after %s for ten seconds, and tells that the first try may have taken effect',
    async (code) => {
      const clock = new VirtualClock();
      const resender = new Resender({ clock });
      const passing = failing(code, code, undefined);
      expect(await outcome(clock, resender.repeat(passing.attempt))).toBe('done');
      expect(passing.calls).toEqual([false, true, true]);
      const lasting = failing(code);
      const startedAt = clock.now();
      let gaveUpAt = NaN;
      const ended = resender.repeat(lasting.attempt).catch(() => (gaveUpAt = clock.now()));
      await clock.advance(60_000);
      await ended;
      expect(gaveUpAt - startedAt).toBeGreaterThanOrEqual(10_000);
      expect(gaveUpAt - startedAt).toBeLessThanOrEqual(11_000);
    },
  );

  it('sends once what must not take effect twice, and what would fail every time', async () => {
    const clock = new VirtualClock();
    const resender = new Resender({ clock });
    const cut = failing('ECONNRESET');
    expect(await outcome(clock, resender.once(cut.attempt as () => Promise<string>))).toBe('ECONNRESET');
    const wrong = failing('23505');
    expect(await outcome(clock, resender.repeat(wrong.attempt))).toBe('23505');
    expect([cut.calls, wrong.calls]).toEqual([[false], [false]]);
  });

  it('ends with the store', async () => {
    const clock = new VirtualClock();
    const resender = new Resender({ clock });
    const { calls, attempt } = failing('ECONNRESET');
    const ended = resender.repeat(attempt).catch((error: Error & { code: string }) => error.code);
    await clock.advance(500);
    const before = calls.length;
    resender.close();
    await clock.advance(60_000);
    expect(await ended).toBe('ECONNRESET');
    expect(calls.length).toBeLessThanOrEqual(before + 1);
  });
});
