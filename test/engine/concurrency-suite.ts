import { all, defineWorkflow, each } from '../../src';
import type { Duration, TaskContext, WorkflowRunner } from '../../src';
import { engineFixture } from './engine-fixture';
import type { OpenDatabase } from './engine-fixture';
import { Gate } from './gate';

/** Counts who is inside, by key. */
class Room {
  readonly peaks = new Map<string, number>();
  readonly #inside = new Map<string, number>();
  total = 0;
  peak = 0;

  async visit<T>(key: string, value: T): Promise<T> {
    this.#enter(key);
    // Long enough for everybody who may come to come: many turns of the event loop.
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    this.#inside.set(key, (this.#inside.get(key) ?? 0) - 1);
    this.total--;
    return value;
  }

  #enter(key: string): void {
    const inside = (this.#inside.get(key) ?? 0) + 1;
    this.#inside.set(key, inside);
    this.peaks.set(key, Math.max(inside, this.peaks.get(key) ?? 0));
    this.peak = Math.max(this.peak, ++this.total);
  }
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

/** Limits of tasks, keys and queues: every store runs these same cases. */
export function concurrencySuite(name: string, openDatabase: OpenDatabase): void {
  describe(`limits of concurrency on ${name}`, () => {
    const engine = engineFixture(openDatabase);
    let room: Room;
    beforeEach(() => {
      room = new Room();
    });

    it('hold for the instances of a mapped task, and are used up', async () => {
      const workflow = defineWorkflow('limited-map')
        .task('list', async (n: number) => numbers(n))
        .task('work', { dependsOn: [each('list')], concurrency: 3 }, (n: number) => room.visit('all', n))
        .flow(
          'main',
          { dependsOn: [all('work')] },
          async (values: number[], _ctx: TaskContext<number>) => values.length,
        )
        .build();
      const runner = await engine.use([workflow]);
      expect(await runner.run(workflow, 'main', 40)).toBe(40);
      expect(room.peak).toBe(3);
    });

    it('of a map hold for each run of its own', async () => {
      const workflow = defineWorkflow('capped-map')
        .task('list', async (n: number) => numbers(n))
        .task('work', { dependsOn: [each('list', { maxConcurrency: 3 })] }, (n: number, ctx: TaskContext<number>) =>
          room.visit(ctx.runId, n),
        )
        .flow('main', { dependsOn: [all('work')] }, async (values: number[], _ctx: TaskContext<number>) => values)
        .build();
      const runner = await engine.use([workflow]);
      const [one, two] = await Promise.all([runner.run(workflow, 'main', 20), runner.run(workflow, 'main', 20)]);
      expect([one, two]).toEqual([numbers(20), numbers(20)]);
      expect([...room.peaks.values()]).toEqual([3, 3]);
      expect(room.peak).toBeGreaterThan(3);
    });

    it('hold for compensations over all runs', async () => {
      const workflow = defineWorkflow('limited-undo')
        .task('work', async (n: number) => n)
        .flow('main', { dependsOn: ['work'] }, async (_: number, _ctx: TaskContext<number>): Promise<number> => {
          throw new Error('no');
        })
        .compensate('work', { concurrency: 2 }, (n: number) => room.visit('undo', n))
        .build();
      const runner = await engine.use([workflow]);
      const runs = await Promise.allSettled(numbers(12).map((n) => runner.run(workflow, 'main', n)));
      expect(new Set(runs.map(({ status }) => status))).toEqual(new Set(['rejected']));
      expect(room.peak).toBe(2);
    });

    it('hold by key over many runs, one key not being in the way of another', async () => {
      const workflow = defineWorkflow('keyed')
        .flow('main', { concurrency: { limit: 2, key: (n: number) => n % 3 } }, (n: number) =>
          room.visit(String(n % 3), n),
        )
        .build();
      const runner = await engine.use([workflow]);
      const results = await Promise.all(numbers(30).map((n) => runner.run(workflow, 'main', n)));
      expect(results).toEqual(numbers(30));
      expect(Object.fromEntries(room.peaks)).toEqual({ 0: 2, 1: 2, 2: 2 });
      expect(room.peak).toBeGreaterThan(2);
    });

    it('are shared by the nodes of a workflow that name one key, not by those of another workflow', async () => {
      const make = (workflow: string) =>
        defineWorkflow(workflow)
          .task('one', { concurrency: { limit: 1, key: 'api' } }, () => room.visit(workflow, 1))
          .task('two', { concurrency: { limit: 1, key: 'api' } }, () => room.visit(workflow, 1))
          .flow('main', { dependsOn: ['one', 'two'] }, async (a: number, b: number) => a + b)
          .build();
      const [left, right] = [make('left'), make('right')];
      const runner = await engine.use([left, right]);
      await Promise.all(numbers(5).flatMap(() => [runner.run(left, 'main'), runner.run(right, 'main')]));
      expect(Object.fromEntries(room.peaks)).toEqual({ left: 1, right: 1 });
      expect(room.peak).toBe(2);
    });

    it('of a queue hold for the nodes that run in it: by their own queue, or by that of the run', async () => {
      const workflow = defineWorkflow('queued')
        .task('gpu', { queue: 'gpu' }, () => room.visit('gpu', 1))
        .task('cpu', () => room.visit('cpu', 1))
        .flow('main', { dependsOn: ['gpu', 'cpu'] }, async (a: number, b: number) => a + b)
        .build();
      const runner = await engine.use([workflow], {
        queues: { gpu: { concurrency: 2 }, batch: { concurrency: 1 }, free: {} },
        worker: { queues: ['default', 'gpu', 'batch'] },
      });
      await Promise.all(numbers(10).map(() => runner.run(workflow, 'main')));
      expect(room.peaks.get('gpu')).toBe(2);
      expect(room.peaks.get('cpu')).toBeGreaterThan(2);
      room = new Room();
      await Promise.all(numbers(4).map(() => runner.run(workflow, 'main', undefined, { queue: 'batch' })));
      expect(room.peaks.get('cpu')).toBe(1);
    });

    it('keep no place of the worker: others run while calls wait', async () => {
      const gate = new Gate();
      const workflow = defineWorkflow('waiting')
        .flow('limited', { concurrency: 1 }, async () => {
          await gate.opened;
          return 1;
        })
        .flow('free', async () => 2)
        .build();
      const runner = await engine.use([workflow], { worker: { tasks: 2 } });
      const limited = await Promise.all(numbers(5).map(() => runner.start(workflow, 'limited')));
      expect(await runner.run(workflow, 'free')).toBe(2);
      gate.open();
      expect(await Promise.all(limited.map((run) => run.result()))).toEqual([1, 1, 1, 1, 1]);
    });

    it('forget calls that are cancelled while they wait', async () => {
      const { runner, gate, entered, workflow } = await blocked(false);
      const holder = await runner.start(workflow, 'main', 0);
      await entered[0]?.opened;
      const waiting = await runner.start(workflow, 'main', 1);
      const next = await runner.start(workflow, 'main', 2);
      expect(await waiting.cancel()).toBe(true);
      await expect(waiting.result()).rejects.toMatchObject({ code: 'RUN_CANCELLED' });
      gate.open();
      expect([await holder.result(), await next.result()]).toEqual([0, 2]);
    });

    it('count a method that outlives its timeout until it ends', async () => {
      const { runner, gate, entered, workflow } = await blocked('50ms');
      await expect(runner.run(workflow, 'main', 0)).rejects.toMatchObject({ cause: { code: 'TASK_TIMEOUT' } });
      const next = await runner.start(workflow, 'main', 2);
      await engineTurns();
      expect(entered[2]?.isOpen).toBe(false);
      gate.open();
      expect(await next.result()).toBe(2);
    });

    it('do not count one that went on for zombieAfter', async () => {
      const { runner, workflow } = await blocked('50ms', { zombieAfter: '50ms' });
      await expect(runner.run(workflow, 'main', 0)).rejects.toMatchObject({ cause: { code: 'TASK_TIMEOUT' } });
      expect(await runner.run(workflow, 'main', 2)).toBe(2);
    });

    it('let others in while a failed call backs off', async () => {
      const order: string[] = [];
      const workflow = defineWorkflow('backs-off')
        .flow(
          'main',
          { concurrency: 1, retries: { max: 1, initialDelay: '300ms', jitter: false } },
          async (n: number, ctx: TaskContext<number>) => {
            order.push(`${n}.${ctx.attempt}`);
            if (n === 0 && ctx.attempt === 1) throw new Error('once');
            return n;
          },
        )
        .build();
      const runner = await engine.use([workflow]);
      const first = await runner.start(workflow, 'main', 0);
      expect(await runner.run(workflow, 'main', 1)).toBe(1);
      expect(await first.result()).toBe(0);
      expect(order).toEqual(['0.1', '1.1', '0.2']);
    });

    it('fail a task that has no key, naming it, without a call or a retry; the rest goes on', async () => {
      let calls = 0;
      const workflow = defineWorkflow('keyless')
        .flow(
          'main',
          { retries: 3, concurrency: { limit: 1, key: (input: { id?: string }) => input.id as string } },
          async (_input: { id?: string }) => ++calls,
        )
        .build();
      const runner = await engine.use([workflow]);
      const broken = await runner.start(workflow, 'main', {});
      await expect(broken.result()).rejects.toMatchObject({
        cause: {
          code: 'CONCURRENCY_KEY_INVALID',
          task: 'main',
          message: expect.stringContaining('returned undefined'),
        },
      });
      expect((await broken.get())?.nodes[0]).toMatchObject({ status: 'FAILED', attempt: 1 });
      expect(calls).toBe(0);
      expect(await runner.run(workflow, 'main', { id: 'x' })).toBe(1);
    });

    it('are whole numbers above 0 for queues that can exist', async () => {
      const workflow = defineWorkflow('fine')
        .flow('main', async () => 1)
        .build();
      for (const concurrency of [0, -1, 1.5, NaN, '2' as never, 2 ** 31]) {
        await expect(engine.use([workflow], { queues: { gpu: { concurrency } } })).rejects.toThrow(
          /^queues\.gpu\.concurrency must be a whole number from 1 to 2147483647, got /,
        );
      }
      await expect(engine.use([workflow], { queues: { 'a b': {} } })).rejects.toThrow('"a b" is no name of a queue');
    });

    /** A flow of limit 1, of which only the call for 0 waits for the gate; under a `timeout`. */
    async function blocked(timeout: Duration | false, worker: { zombieAfter?: Duration } = {}) {
      const gate = new Gate();
      const entered = numbers(3).map(() => Object.assign(new Gate(), { isOpen: false }));
      const workflow = defineWorkflow('blocked')
        .flow('main', { concurrency: 1, timeout }, async (n: number) => {
          const mine = entered[n];
          if (mine !== undefined) {
            mine.isOpen = true;
            mine.open();
          }
          if (n === 0) await gate.opened;
          return n;
        })
        .build();
      const runner: WorkflowRunner = await engine.use([workflow], { worker });
      return { runner, gate, entered, workflow };
    }
  });
}

/** Time for what could happen by mistake: a look, not a promise. */
async function engineTurns(): Promise<void> {
  for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve));
}
