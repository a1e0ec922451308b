import { DeadlineError, all, defineWorkflow, each, settled } from '../../src';
import type { Outcome, RunnerOptions, TaskContext, TypeflowLogger, WorkerOptions, WorkflowRunner } from '../../src';
import { MemoryLogger } from '../fixtures/memory-logger';
import { engineFixture } from './engine-fixture';
import type { OpenDatabase } from './engine-fixture';
import { Gate } from './gate';

/** Cases that once went wrong, on every store. Each is named after what broke. */
export function hardCasesSuite(name: string, openDatabase: OpenDatabase): void {
  describe(`what once went wrong, on ${name}`, () => {
    const engine = engineFixture(openDatabase);
    const use = (
      workflows: RunnerOptions['workflows'],
      worker: WorkerOptions = {},
      logger: TypeflowLogger = new MemoryLogger(),
    ): Promise<WorkflowRunner> => engine.use(workflows, { worker, logger });

    it('a message cut in the middle of a character, and reasons that no database takes, looped for ever', async () => {
      let calls = 0;
      const hostile = defineWorkflow('hostile')
        .task('cut', async (kind: string, ctx: TaskContext<string>): Promise<string> => {
          calls++;
          if (kind === 'emoji') throw new Error(`${'x'.repeat(999)}😀 and more`);
          return ctx.skip(kind === 'object' ? ({ toString: null } as never) : kind);
        })
        .flow(
          'main',
          { dependsOn: [settled('cut')] },
          async (end: Outcome<string>, _ctx: TaskContext<string>) => end.status,
        )
        .build();
      const used = await use([hostile]);
      expect(await used.run(hostile, 'main', 'emoji')).toBe('FAILED');
      for (const reason of ['bad half \ud800', 'long '.repeat(10_000), 'object']) {
        // The input itself must be storable, the reason need not be.
        const kind = reason.isWellFormed() ? reason : 'fine';
        expect(await used.run(hostile, 'main', kind)).toBe('SKIPPED');
      }
      const nul = defineWorkflow('nul')
        .task('cut', async (_: void, ctx: TaskContext<void>): Promise<string> => ctx.skip('bad\u0000reason \ud800'))
        .flow('main', { dependsOn: [settled('cut')] }, async (end: Outcome<string>, _ctx: TaskContext<void>) =>
          end.status === 'SKIPPED' ? end.reason : '',
        )
        .build();
      expect(await (await use([nul])).run(nul, 'main')).toBe('bad\\u0000reason \ufffd');
      expect(calls).toBe(4);
    });

    it('a wide fan that wound down with thousands of queued calls overflowed the stack', async () => {
      const wide = defineWorkflow('wide')
        .task('items', async () => Array.from({ length: 3_000 }, (_, i) => i))
        .task('work', { dependsOn: [each('items')] }, async (i: number) => {
          if (i === 5) throw new Error('one is bad');
          return i;
        })
        .flow('main', { dependsOn: [all('work')] }, async (parts: number[], _ctx: TaskContext<void>) => parts.length)
        .build();
      const used = await use([wide], { tasks: 10 });
      const handle = await used.start(wide, 'main');
      await expect(handle.result()).rejects.toThrow('one is bad');
      const work = (await handle.get())?.nodes.find(({ task, index }) => task === 'work' && index === undefined);
      const counts = work?.instances;
      expect((counts?.completed ?? 0) + (counts?.failed ?? 0) + (counts?.cancelled ?? 0)).toBe(3_000);
      expect(used.health?.tasks).toBe(0);
    });

    it('a deadline that had passed, or came before the start, ran the tasks all the same', async () => {
      let calls = 0;
      const late = defineWorkflow('late')
        .task('work', async () => ++calls)
        .flow('main', { dependsOn: ['work'] }, async (n: number, _ctx: TaskContext<void>) => n)
        .build();
      const used = await use([late]);
      const past = used.run(late, 'main', undefined, { deadline: new Date(Date.now() - 10_000) });
      await expect(past).rejects.toMatchObject({ cause: expect.any(DeadlineError) });
      const before = used.run(late, 'main', undefined, { delay: '1h', deadline: '100ms' });
      await expect(before).rejects.toMatchObject({ cause: { code: 'DEADLINE_EXCEEDED' } });
      expect(calls).toBe(0);
    });

    it('two maps over one array shared its elements', async () => {
      const shared = defineWorkflow('shared')
        .task('items', async () => [{ v: 1 }, { v: 2 }])
        .task('spoil', { dependsOn: [each('items')] }, async (item: { v: number }) => (item.v += 100))
        .task('read', { dependsOn: [each('items')] }, async (item: { v: number }) => item.v)
        .flow(
          'main',
          { dependsOn: [all('spoil'), all('read')] },
          async (_: number[], read: number[], _ctx: TaskContext<void>) => read,
        )
        .build();
      expect(await (await use([shared])).run(shared, 'main')).toEqual([1, 2]);
    });

    it('settled on a flow that was skipped by a failure said SKIPPED', async () => {
      const seen: Outcome<unknown>[] = [];
      const handled = defineWorkflow('handled-settled')
        .task('pay', async (): Promise<number> => {
          throw new Error('card refused');
        })
        .task('ship', { dependsOn: ['pay'] }, async (n: number) => n)
        .flow('main', { dependsOn: ['ship'] }, async (n: number, _ctx: TaskContext<void>) => n)
        .task(
          'report',
          { dependsOn: [settled('main')], always: true },
          async (end: Outcome<number>) => void seen.push(end),
        )
        .build();
      await expect((await use([handled])).run(handled, 'main')).rejects.toThrow('card refused');
      expect(seen).toMatchObject([{ status: 'FAILED', error: { message: 'card refused', task: 'pay' } }]);
    });

    it('parallel starts went over the limit of runs', async () => {
      let running = 0;
      let most = 0;
      const limited = defineWorkflow('limited')
        .task('work', async () => {
          most = Math.max(most, ++running);
          await new Promise((resolve) => setImmediate(resolve));
          running--;
        })
        .flow('main', { dependsOn: ['work'] }, async (_: unknown, _ctx: TaskContext<void>) => 'done')
        .build();
      const used = await use([limited], { runs: 2 });
      await Promise.all(Array.from({ length: 10 }, () => used.run(limited, 'main')));
      expect(most).toBeLessThanOrEqual(2);
    });

    it('a cancelled call that ignored its signal kept its slot for ever', async () => {
      const never = new Gate();
      const started = new Gate();
      const deaf = defineWorkflow('deaf-slot')
        .task('work', { timeout: false }, async (kind: string) => {
          if (kind === 'quick') return kind;
          started.open();
          await never.opened;
          return kind;
        })
        .flow('main', { dependsOn: ['work'] }, async (kind: string, _ctx: TaskContext<string>) => kind)
        .build();
      const used = await use([deaf], { tasks: 1, cancelGrace: 10, zombieAfter: 20 });
      const handle = await used.start(deaf, 'main', 'deaf');
      await started.opened;
      await handle.cancel();
      expect(await used.run(deaf, 'main', 'quick')).toBe('quick');
      expect(used.health).toMatchObject({ zombies: 1 });
      never.open();
    });

    it('a start that was under way at close was executed after it', async () => {
      let calls = 0;
      const eager = defineWorkflow('eager')
        .task('work', async () => ++calls)
        .flow('main', { dependsOn: ['work'] }, async (n: number, _ctx: TaskContext<void>) => n)
        .build();
      const used = await use([eager]);
      const start = used.start(eager, 'main').catch(() => undefined);
      await used.close();
      const atClose = calls;
      await start;
      await new Promise((resolve) => setImmediate(resolve));
      expect(calls).toBe(atClose);
    });

    it('a logger that throws broke the run', async () => {
      const fails = (): never => {
        throw new Error('disk full');
      };
      const plain = defineWorkflow('plain')
        .task('work', async () => 1)
        .flow('main', { dependsOn: ['work'] }, async (n: number, _ctx: TaskContext<void>) => n)
        .build();
      const used = await use([plain], {}, { debug: fails, info: fails, warn: fails, error: fails });
      expect(await used.run(plain, 'main')).toBe(1);
    });

    it('an id that a run without a key has was taken for a conflict', async () => {
      const same = defineWorkflow('same')
        .task('work', async (n: number) => n)
        .flow('main', { dependsOn: ['work'] }, async (n: number, _ctx: TaskContext<number>) => n)
        .build();
      const used = await use([same]);
      const { id } = await used.start(same, 'main', 1);
      expect((await used.start(same, 'main', 1, { id })).id).toBe(id);
      await expect(used.start(same, 'main', 2, { id })).rejects.toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
    });

    it.each([
      ['a tag', { tags: ['a\0b'] }],
      ['a tag with half a character', { tags: ['\ud800'] }],
      ['a queue', { queue: 'a\0b' }],
      ['an empty queue', { queue: '' }],
      ['a year before Christ', { startAt: new Date(-8.64e15) }],
      ['a tag without an array', { tags: 'a' as never }],
      ['a start that is no Date', { startAt: '2030-01-01' as never }],
      ['an invalid date', { deadline: new Date(NaN) }],
    ])('%s that no database takes was a failure of the store', async (_name, options) => {
      const plain = defineWorkflow('options')
        .flow('main', async (n: number) => n)
        .build();
      const used = await use([plain]);
      await expect(used.start(plain, 'main', 1, options)).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
    });

    it('an option that there is not is refused: with a misspelt key a run would begin twice', async () => {
      const plain = defineWorkflow('misspelt-options')
        .flow('main', async (n: number) => n)
        .build();
      const used = await use([plain]);
      const misspelt = { idempotencykey: 'order-7' } as object;
      await expect(used.start(plain, 'main', 1, misspelt)).rejects.toMatchObject({
        code: 'ARGUMENT_INVALID',
        message: 'there is no option "start.idempotencykey"; did you mean "start.idempotencyKey"?',
      });
      await expect(used.run(plain, 'main', 1, { timeout: '1m', ...misspelt })).rejects.toThrow('idempotencyKey');
      expect(await used.run(plain, 'main', 1, { timeout: '1m', signal: AbortSignal.timeout(60_000) })).toBe(1);
      expect((await used.list({ workflow: 'misspelt-options' })).items).toHaveLength(1);
    });

    it('a reason of a cancel that no database takes was a failure of the store', async () => {
      const plain = defineWorkflow('reasons')
        .flow('main', async (n: number) => n)
        .build();
      const used = await use([plain]);
      const handle = await used.start(plain, 'main', 1, { delay: '1h' });
      expect(await handle.cancel('bad\0reason')).toBe(true);
      await expect(handle.result()).rejects.toMatchObject({ reason: 'bad\\u0000reason' });
    });
  });
}
