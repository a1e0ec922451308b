import { ArgumentError, RunNotFoundError, RunnerClosedError, all, defineWorkflow, each } from '../../src';
import type { FollowedEvent, RunEvent, RunHandle, TaskContext, WorkflowRunner } from '../../src';
import { newId } from '../store/contract/fixtures';
import { engineFixture, untilAborted } from './engine-fixture';
import type { OpenDatabase } from './engine-fixture';

/** One event in a few words. */
function inWords(event: RunEvent): string {
  switch (event.type) {
    case 'run':
      return `run ${event.status}`;
    case 'node':
      return `${event.task}${event.index === undefined ? '' : `[${event.index}]`} ${event.status}`;
    case 'progress':
      return `${event.task} at ${event.fraction} ${event.note ?? ''}`.trim();
    case 'log':
      return `${event.task} says ${event.message}`;
  }
}

async function allOf(events: AsyncIterable<FollowedEvent>): Promise<FollowedEvent[]> {
  const all: FollowedEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

const words = (events: readonly RunEvent[]): string[] => events.map(inWords);

export function eventsSuite(name: string, openDatabase: OpenDatabase): void {
  describe(`events on ${name}`, () => {
    const engine = engineFixture(openDatabase);
    /** Whether runs outlive their runner. */
    const isKept = name !== 'memory';
    let failures = 0;
    const telling = defineWorkflow('telling')
      .task('list', async (count: number, ctx: TaskContext<number>) => {
        ctx.logger.info({ count, when: new Date(0) }, 'listing');
        ctx.logger.debug({}, 'not kept');
        return Array.from({ length: count }, (_, i) => i);
      })
      .task('double', { dependsOn: [each('list')] }, async (n: number, ctx: TaskContext<number>) => {
        ctx.progress(0.5, 'half');
        ctx.progress(7);
        return 2 * n;
      })
      .task(
        'flaky',
        { dependsOn: ['list'], retries: { max: 3, initialDelay: 1 } },
        async (_: number[], ctx: TaskContext<number>) => {
          if (ctx.attempt <= 1) throw new Error('once');
          return ctx.sleep(1);
        },
      )
      .flow(
        'main',
        { dependsOn: [all('double'), 'flaky'] },
        async (twice: number[], _: undefined, _ctx: TaskContext<number>) => twice.length,
      )
      .build();
    const failing = defineWorkflow('failing')
      .task('work', async (_: void) => {
        failures += 1;
        if (failures === 1) throw new Error('not yet');
        return 1;
      })
      .flow('main', { dependsOn: ['work'] }, async (n: number, _ctx: TaskContext<void>) => n)
      .build();
    const slow = defineWorkflow('slow')
      .flow('main', { timeout: false }, async (_: void, ctx: TaskContext<void>) => untilAborted(ctx.signal))
      .build();

    it('tell what happens in a run until it is over, its last status last', async () => {
      const runner = await engine.use([telling]);
      const run = await runner.start(telling, 'main', 2);
      const events = await allOf(run.events());
      expect(await run.result()).toBe(2);
      const told = words(events);
      expect(told.at(-1)).toBe('run COMPLETED');
      expect(told).toEqual(
        expect.arrayContaining([
          'list COMPLETED',
          'list says listing',
          'double[0] COMPLETED',
          'double[1] COMPLETED',
          'double at 1',
          'double COMPLETED',
          'flaky COMPLETED',
          'main COMPLETED',
        ]),
      );
      expect(told).not.toContain('list says not kept');
      // Nothing is told that goes back: a node's later status is never before its earlier one.
      for (const task of ['list', 'double', 'flaky', 'main']) {
        const own = told.filter((line) => new RegExp(`^${task} [A-Z]+$`).test(line));
        expect(own.at(-1)).toBe(`${task} COMPLETED`);
        expect(own.filter((line) => line.endsWith('COMPLETED'))).toHaveLength(1);
      }
      const flaky = events.find(
        (event) => event.type === 'node' && event.task === 'flaky' && event.status === 'COMPLETED',
      );
      expect(flaky).toMatchObject({ kind: 'task', attempt: 2, generation: 1, index: undefined, runId: run.id });
      const line = events.find((event) => event.type === 'log');
      expect(line).toMatchObject({
        task: 'list',
        attempt: 1,
        level: 'info',
        fields: { count: 2, when: new Date(0) },
        at: expect.any(Date) as Date,
      });
      // Afterwards, too; and what a node was in between is no longer told.
      const again = words(await allOf(runner.events(run.id)));
      expect(again.sort()).toEqual(
        [
          'run COMPLETED',
          'list COMPLETED',
          'list says listing',
          'double COMPLETED',
          'double[0] COMPLETED',
          'double[1] COMPLETED',
          'double at 1',
          'double at 1',
          'flaky COMPLETED',
          'main COMPLETED',
        ].sort(),
      );
    });

    it('go on behind any event, by another runner', async () => {
      const runner = await engine.use([telling]);
      const { id } = await runner.start(telling, 'main', 3);
      const whole = await allOf(runner.events(id));
      const settled = await allOf(runner.events(id));
      const later = isKept ? await engine.use([telling]) : runner;
      for (const [i, { cursor }] of settled.entries()) {
        expect(words(await allOf(later.events(id, { after: cursor })))).toEqual(words(settled.slice(i + 1)));
      }
      expect(await allOf(later.events(id, { after: whole.at(-1)?.cursor ?? '' }))).toEqual([]);
    });

    it('tell of a failure, and after a retry go on where they ended', async () => {
      failures = 0;
      const runner = await engine.use([failing]);
      const { id } = await runner.start(failing, 'main', undefined);
      const first = await allOf(runner.events(id));
      expect(words(first)).toContain('work FAILED');
      expect(first.at(-1)).toMatchObject({
        type: 'run',
        status: 'FAILED',
        error: { message: 'not yet', task: 'work' },
      });
      const again = runner.events(id, { after: first.at(-1)?.cursor ?? '' });
      await runner.retry(id);
      const second = await allOf(again);
      expect(second.at(-1)).toMatchObject({ type: 'run', status: 'COMPLETED', generation: 2, error: undefined });
      expect(words(second)).toContain('work COMPLETED');
    });

    it('end when they are left, when their signal is aborted, and when the runner is closed', async () => {
      const runner = await engine.use([slow]);
      const { id } = await runner.start(slow, 'main', undefined);
      for await (const event of runner.events(id)) {
        expect(event).toMatchObject({ type: 'run', status: 'RUNNING', workflow: 'slow', flow: 'main' });
        break;
      }
      const controller = new AbortController();
      const seen: string[] = [];
      for await (const event of runner.events(id, { signal: controller.signal })) {
        seen.push(inWords(event));
        setTimeout(() => controller.abort(), 5);
      }
      expect(seen).toEqual(['run RUNNING']);
      expect(await allOf(runner.events(id, { signal: AbortSignal.abort() }))).toEqual([]);
      const following = allOf(runner.events(id));
      const refused = expect(following).rejects.toBeInstanceOf(RunnerClosedError);
      const next = await engine.use([slow]);
      await refused;
      if (isKept) await next.cancel(id);
    });

    it('end at once by their signal, in the middle of a page too', async () => {
      const wide = defineWorkflow('wide')
        .task('list', async (n: number) => Array.from({ length: n }, (_, i) => i))
        .task('one', { dependsOn: [each('list')] }, async (n: number) => n)
        .flow('main', { dependsOn: [all('one')] }, async (all: number[], _ctx: TaskContext<number>) => all.length)
        .build();
      const runner = await engine.use([wide]);
      const run = await runner.start(wide, 'main', 50);
      await run.result();
      const controller = new AbortController();
      let seen = 0;
      for await (const _ of run.events({ signal: controller.signal })) {
        seen += 1;
        controller.abort();
      }
      expect(seen).toBe(1);
    });

    it('of progress are of the attempt at work, and not of one that outlived its timeout', async () => {
      let late: (() => void) | undefined;
      const lasting = defineWorkflow('lasting')
        .flow(
          'main',
          { timeout: '50ms', retries: { max: 1, initialDelay: 0 } },
          async (_: void, ctx: TaskContext<void>) => {
            if (ctx.attempt === 1) {
              late = () => ctx.progress(0.1, 'too late');
              return new Promise<void>(() => undefined);
            }
            ctx.progress(0.9, 'second');
            late?.();
          },
        )
        .build();
      const runner = await engine.use([lasting], { worker: { zombieAfter: '1s' } });
      const run = await runner.start(lasting, 'main', undefined);
      const told = await allOf(run.events());
      expect(told.filter((event) => event.type === 'progress')).toMatchObject([{ attempt: 2, fraction: 0.9 }]);
    });

    it('of a cancel say so, and then how the run ended', async () => {
      const runner = await engine.use([slow]);
      const run = await runner.start(slow, 'main', undefined);
      const following = allOf(run.events());
      await run.cancel('enough');
      const told = await following;
      expect(told.at(-1)).toMatchObject({ type: 'run', status: 'CANCELLED', isCancelRequested: true });
    });

    it('are refused for runs that nobody knows, and cursors that are none', async () => {
      const runner = await engine.use([slow]);
      await expect(allOf(runner.events(newId()))).rejects.toBeInstanceOf(RunNotFoundError);
      for (const after of ['', 'x', '1', '-', '1-zz', 7, null]) {
        const refused = allOf(runner.events(newId(), { after: after as string }));
        await expect(refused).rejects.toBeInstanceOf(ArgumentError);
      }
    });

    it('are told to listeners in the process that executes the run, until they stop', async () => {
      const runner = await engine.use([telling]);
      const heard: RunEvent[] = [];
      const stopThrowing = runner.subscribe(() => {
        throw new Error('a bad listener');
      });
      // The type lets it through.
      runner.subscribe(() => Promise.reject(new Error('a bad listener that is async')));
      const stop = runner.subscribe((event) => void heard.push(event));
      const run = await runner.start(telling, 'main', 1);
      await run.result();
      const told = words(heard);
      expect(told[0]).toBe('run RUNNING');
      expect(told.at(-1)).toBe('run COMPLETED');
      expect(told).toEqual(
        expect.arrayContaining([
          'list says listing',
          'double at 0.5 half',
          'double at 1',
          'flaky WAITING',
          'flaky COMPLETED',
          'main COMPLETED',
        ]),
      );
      expect(heard.every(({ runId }) => runId === run.id)).toBe(true);
      const retried = heard.find((event) => event.type === 'node' && event.status === 'WAITING');
      expect(retried).toMatchObject({ error: { message: 'once' }, wakeAt: expect.any(Date) as Date });
      const again = runner.subscribe(() => {
        again();
        runner.subscribe(() => undefined);
      });
      stop();
      stopThrowing();
      const before = heard.length;
      await runner.run(telling, 'main', 1);
      expect(heard).toHaveLength(before);
    });

    it('of progress are refused where it is no number, and kept within 0 and 1', async () => {
      const telling = (fraction: unknown) =>
        defineWorkflow('fraction')
          .flow('main', async (_: void, ctx: TaskContext<void>) => ctx.progress(fraction as number))
          .build();
      for (const bad of [NaN, '0.5', undefined]) {
        const workflow = telling(bad);
        const runner = await engine.use([workflow]);
        await expect(runner.run(workflow, 'main', undefined)).rejects.toMatchObject({
          cause: { code: 'ARGUMENT_INVALID' },
        });
      }
      const below = telling(-Infinity);
      const runner = await engine.use([below]);
      const run = await runner.start(below, 'main', undefined);
      expect(words(await allOf(run.events()))).toContain('main at 0');
    });

    it('hold lines up to a bound, and none where none are wanted', async () => {
      const chatty = defineWorkflow('chatty')
        .flow('main', async (lines: number, ctx: TaskContext<number>) => {
          for (let i = 0; i < lines; i++) ctx.logger.debug(`line ${i}`);
        })
        .build();
      const messages = async (runner: WorkflowRunner, run: RunHandle<void>): Promise<string[]> =>
        (await runner.logs(run.id)).map(({ message }) => message);
      const runner = await engine.use([chatty], { runLogs: { lines: 3, level: 'debug' } });
      const run = await runner.start(chatty, 'main', 1_200);
      await run.result();
      const kept = await messages(runner, run);
      expect(kept).toEqual(['line 1197', 'line 1198', 'line 1199']);

      const silent = await engine.use([chatty, telling], { runLogs: false });
      const quiet = await silent.start(telling, 'main', 1);
      await quiet.result();
      expect(await silent.logs(quiet.id)).toEqual([]);
      expect(words(await allOf(silent.events(quiet.id))).filter((word) => /says| at /.test(word))).toEqual([]);
    });
  });
}
