import type { NewSchedule, TickParams } from '../../../src/store/schedules';
import { aRecord, finish, first, newId } from './fixtures';
import type { Scene } from './fixtures';

const SECOND = 1_000;
/** 2026-10-25T00:59:58Z. */
const AT = Date.UTC(2026, 9, 25, 0, 59, 58);

export function describeSchedules(scene: () => Scene): void {
  describe('schedules', () => {
    let name = '';
    beforeEach(() => {
      name = `s-${newId()}`;
    });
    const schedule = (overrides: Partial<NewSchedule> = {}): NewSchedule => ({
      name,
      workflow: 'orders',
      flow: 'main',
      cron: '* * * * * *',
      timeZone: 'Europe/Berlin',
      overlap: 'skip',
      catchUp: 'last',
      input: '{"a":1}',
      origin: 'api',
      definition: 'd1',
      nextAt: AT,
      ...overrides,
    });
    const put = async (overrides: Partial<NewSchedule> = {}): Promise<void> => {
      await scene().store.schedules.put({ schedules: [schedule(overrides)], workflows: [] });
    };
    const row = async () => (await scene().other.schedules.list({})).schedules.find((one) => one.name === name);
    const tick = (overrides: Partial<TickParams> = {}) =>
      scene().store.schedules.tick({
        name,
        definition: 'd1',
        seenAt: AT,
        tick: AT,
        nextAt: AT + SECOND,
        run: scene().newRun(),
        ...overrides,
      });

    it('are kept as they were put, and changed only by another definition', async () => {
      await put();
      expect(await row()).toMatchObject({ ...schedule(), skipped: 0 });
      expect((await row())?.lastRunId).toBeUndefined();
      await put({ nextAt: AT + 5 * SECOND });
      expect((await row())?.nextAt).toBe(AT);
      await put({ nextAt: AT + 5 * SECOND, definition: 'd2', input: undefined });
      expect(await row()).toMatchObject({ nextAt: AT + 5 * SECOND, definition: 'd2', input: undefined });
      const { now, schedules } = await scene().store.schedules.list({ workflows: ['nobody-has-this'] });
      expect([schedules, Math.abs(now - Date.now()) < 60_000]).toEqual([[], true]);
    });

    it('of code are forgotten when the code of their workflow has them no more; others stay', async () => {
      const workflow = `w-${newId()}`;
      await put({ workflow, origin: 'code' });
      await scene().store.schedules.put({ schedules: [], workflows: ['another'] });
      expect(await row()).toBeDefined();
      await scene().store.schedules.put({ schedules: [], workflows: [workflow] });
      expect(await row()).toBeUndefined();
      await put({ workflow });
      await scene().store.schedules.put({ schedules: [], workflows: [workflow] });
      expect(await row()).toBeDefined();
      expect([await scene().store.schedules.remove({ name }), await scene().store.schedules.remove({ name })]).toEqual([
        true,
        false,
      ]);
    });

    it('make a tick once, with its run, and move on', async () => {
      await put();
      const run = scene().newRun({ idempotencyKey: `typeflow:schedule:${name}:1` });
      expect(await tick({ run })).toBe('started');
      expect(await tick({ run: scene().newRun() })).toBe('lost');
      expect(await row()).toMatchObject({ nextAt: AT + SECOND, lastAt: AT, lastRunId: run.id, skipped: 0 });
      expect(first((await scene().poll(await scene().newWorker())).claimed)).toMatchObject({
        id: run.id,
        input: run.input,
      });
    });

    it('make none that was not the next one, of another definition, or while they are paused', async () => {
      await put();
      expect(await tick({ seenAt: AT - SECOND })).toBe('lost');
      expect(await tick({ definition: 'd0' })).toBe('lost');
      expect(await scene().store.schedules.pause({ name })).toBe(true);
      expect(await tick()).toBe('lost');
      expect((await row())?.pausedAt).toBeDefined();
      expect(await scene().store.schedules.pause({ name, resumeAt: AT + 9 * SECOND })).toBe(true);
      expect(await row()).toMatchObject({ nextAt: AT + 9 * SECOND, pausedAt: undefined });
      expect(await scene().store.schedules.pause({ name, resumeAt: AT })).toBe(true);
      expect((await row())?.nextAt).toBe(AT + 9 * SECOND);
      expect(await scene().store.schedules.pause({ name: 'nobody' })).toBe(false);
    });

    it('drop a tick that is to begin nothing', async () => {
      await put();
      expect(await tick({ run: undefined, nextAt: undefined })).toBe('skipped');
      const found = await row();
      expect([found?.nextAt, found?.skipped, found?.lastAt]).toEqual([undefined, 1, undefined]);
    });

    it.each([
      ['skip', 'skipped', { skipped: 1, nextAt: AT + 2 * SECOND }, false],
      ['queue', 'held', { skipped: 0, nextAt: AT + SECOND }, false],
      ['cancel-previous', 'started', { skipped: 0, nextAt: AT + 2 * SECOND }, true],
    ] as const)('while the run before is not over: %s', async (overlap, answer, expected, isCancelled) => {
      const { store } = scene();
      await put({ overlap });
      const before = scene().newRun();
      await tick({ run: before });
      const { id, epoch } = first((await scene().poll(await scene().newWorker())).claimed);
      const second = { seenAt: AT + SECOND, tick: AT + SECOND, nextAt: AT + 2 * SECOND };
      expect(await tick(second)).toBe(answer);
      expect(await row()).toMatchObject(expected);
      const run = await store.findRun({ runId: before.id });
      expect(run?.isCancelRequested).toBe(isCancelled);
      if (answer !== 'held') return;
      await store.record(aRecord({ runId: id, epoch }, { run: finish() }));
      expect(await tick(second)).toBe('started');
    });
  });
}
