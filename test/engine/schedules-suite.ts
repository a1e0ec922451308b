import { defineWorkflow } from '../../src';
import type { ScheduleRecord, TaskContext, WorkflowRunner } from '../../src';
import { MemoryLogger } from '../fixtures/memory-logger';
import { engineFixture, untilAborted } from './engine-fixture';
import type { OpenDatabase } from './engine-fixture';

const YEARLY = '0 0 1 1 *';
const EVERY_SECOND = '* * * * * *';

export function schedulesSuite(name: string, openDatabase: OpenDatabase): void {
  describe(`schedules on ${name}`, () => {
    const engine = engineFixture(openDatabase);
    const report = defineWorkflow('report')
      .flow('main', async (what: string) => `report on ${what}`)
      .build();
    const until = async <T>(look: () => Promise<T | undefined>): Promise<T> => {
      for (;;) {
        const found = await look();
        if (found !== undefined) return found;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    };
    const find = async (runner: WorkflowRunner, schedule: string): Promise<ScheduleRecord | undefined> =>
      (await runner.schedules.list()).find((one) => one.name === schedule);
    const runsOf = async (runner: WorkflowRunner, schedule: string) =>
      (await runner.list({ tags: [`schedule:${schedule}`], limit: 1_000 })).items;

    it('begin runs of a declared flow with the input that is made from the tick, one for each tick', async () => {
      const ticking = defineWorkflow('ticking')
        .flow('main', { schedule: { cron: EVERY_SECOND, input: (tick: Date) => tick } }, async (tick: Date) => tick)
        .build();
      const runner = await engine.use([ticking]);
      const runs = await until(async () => {
        const found = await runsOf(runner, 'ticking/main');
        return found.filter(({ status }) => status === 'COMPLETED').length >= 2 ? found : undefined;
      });
      const ticks = runs.filter(({ status }) => status === 'COMPLETED').map(({ output }) => (output as Date).getTime());
      expect(ticks.every((tick) => tick % 1_000 === 0)).toBe(true);
      expect(new Set(ticks).size).toBe(ticks.length);
      expect(await find(runner, 'ticking/main')).toMatchObject({
        origin: 'code',
        cron: EVERY_SECOND,
        timeZone: 'UTC',
        input: undefined,
      });
      // Without its code it begins none, and code of that workflow without it forgets it.
      await engine.use([report]);
      const plain = defineWorkflow('ticking')
        .flow('main', async (tick: Date) => tick)
        .build();
      const last = await engine.use([plain]);
      expect(await find(last, 'ticking/main')).toBeUndefined();
    });

    it('are set, listed, changed, paused, resumed, triggered and removed', async () => {
      const runner = await engine.use([report]);
      const made = await runner.schedules.set('yearly', report, 'main', {
        cron: YEARLY,
        timeZone: 'Europe/Berlin',
        input: 'taxes',
      });
      expect(made).toMatchObject({
        name: 'yearly',
        origin: 'api',
        overlap: 'skip',
        catchUp: 'last',
        input: 'taxes',
        skipped: 0,
      });
      expect(made.nextAt?.toISOString()).toMatch(/^\d{4}-12-31T23:00:00/);
      const run = await runner.schedules.trigger('yearly');
      expect(await run.result()).toBe('report on taxes');
      await runner.schedules.pause('yearly');
      expect((await find(runner, 'yearly'))?.pausedAt).toBeInstanceOf(Date);
      // What it is defined as may change while it is paused.
      await runner.schedules.set('yearly', report, 'main', { cron: YEARLY, input: 'wages' });
      expect(await find(runner, 'yearly')).toMatchObject({ input: 'wages', pausedAt: expect.any(Date) });
      await runner.schedules.resume('yearly');
      expect(await find(runner, 'yearly')).toMatchObject({ pausedAt: undefined, nextAt: expect.any(Date) });
      expect(await runner.schedules.remove('yearly')).toBe(true);
      expect(await runner.schedules.remove('yearly')).toBe(false);
      for (const verb of ['pause', 'resume', 'trigger'] as const) {
        await expect(runner.schedules[verb]('yearly')).rejects.toMatchObject({ code: 'SCHEDULE_NOT_FOUND' });
      }
    });

    it('are refused with what is wrong', async () => {
      const runner = await engine.use([report]);
      const refused: readonly (readonly [string, object])[] = [
        ['bad name!', { cron: YEARLY }],
        ['ok', { cron: '61 * * * *' }],
        ['ok', { cron: '0 0 30 2 *' }],
        ['ok', { cron: YEARLY, timeZone: 'Mars/X' }],
        ['ok', { cron: YEARLY, overlap: 'both' }],
        ['ok', { cron: YEARLY, input: () => 'x' }],
      ];
      for (const [label, options] of refused) {
        await expect(runner.schedules.set(label, report, 'main', options as { cron: string })).rejects.toMatchObject({
          code: 'ARGUMENT_INVALID',
        });
      }
      expect(() =>
        defineWorkflow('never')
          .flow('main', { schedule: { cron: '0 0 31 11 *' } }, async () => 1)
          .build(),
      ).toThrow('schedule.cron must be a pattern that ever fires, got "0 0 31 11 *"');
    });

    it('go on beside one whose input cannot be made, which is told by its name', async () => {
      const ill = defineWorkflow('a-schedule')
        .flow(
          'main',
          {
            schedule: {
              cron: EVERY_SECOND,
              input: (): string => {
                throw new Error('no input today');
              },
            },
          },
          async (text: string) => text,
        )
        .build();
      const logger = new MemoryLogger();
      const runner = await engine.use([ill, report], { logger });
      await runner.schedules.set('well', report, 'main', { cron: EVERY_SECOND, input: 'taxes' });
      await until(async () => (await runsOf(runner, 'well')).length >= 2 || undefined);
      expect(await runsOf(runner, 'a-schedule/main')).toEqual([]);
      expect(logger.lines).toContainEqual(
        expect.objectContaining({
          level: 'warn',
          message: 'the tick of a schedule could not be made; trying again',
          fields: expect.objectContaining({ schedule: 'a-schedule/main' }),
        }),
      );
      await runner.schedules.remove('well');
    });

    it.each([
      ['skip', 0],
      ['cancel-previous', 1],
    ] as const)('meet a run that is not over: %s', async (overlap, cancelled) => {
      const slow = defineWorkflow(`slow-${overlap}`)
        .flow('main', { timeout: false }, async (_: void, ctx: TaskContext<void>) => untilAborted(ctx.signal))
        .build();
      const runner = await engine.use([slow]);
      const schedule = `meets-${overlap}`;
      await runner.schedules.set(schedule, slow, 'main', { cron: EVERY_SECOND, overlap });
      await until(async () => {
        const row = await find(runner, schedule);
        const runs = await runsOf(runner, schedule);
        const ended = runs.filter(({ status }) => status === 'CANCELLED').length;
        return (overlap === 'skip' ? (row?.skipped ?? 0) >= 1 : ended >= 1) || undefined;
      });
      await runner.schedules.remove(schedule);
      const runs = await runsOf(runner, schedule);
      expect(runs.filter(({ status }) => status === 'CANCELLED').length > 0).toBe(cancelled > 0);
      expect(runs.length > 1).toBe(overlap === 'cancel-previous');
      for (const { id } of runs) await runner.cancel(id);
    });
  });
}
