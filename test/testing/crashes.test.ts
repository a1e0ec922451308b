import 'reflect-metadata';
import { Flow, Task, Workflow, all, defineWorkflow, each, signal } from 'typeflow';
import type { TaskContext } from 'typeflow';
import { createTestRunner } from '../../src/testing';
import type { TestRunner } from '../../src/testing';

const approved = signal<string>('approved');

@Workflow({ name: 'payments' })
class Payments {
  @Task()
  async quote(amount: number): Promise<number> {
    return amount * 2;
  }

  @Task({ dependsOn: ['quote'], retries: { max: 2, initialDelay: '1h', jitter: false } })
  async pay(amount: number, ctx: TaskContext<number>): Promise<string> {
    return `${amount} paid as ${ctx.idempotencyKey.split(':')[1]}`;
  }

  @Task({ dependsOn: ['pay'] })
  approval(_paid: string, ctx: TaskContext<number>) {
    return ctx.waitFor(approved);
  }

  @Flow({ dependsOn: ['pay', 'approval'] })
  async main(paid: string, by: string, _ctx: TaskContext<number>): Promise<string> {
    return `${paid}, approved by ${by}`;
  }
}

let t: TestRunner;
const create = async (...workflows: Parameters<typeof createTestRunner>[0]['workflows']): Promise<TestRunner> =>
  (t = await createTestRunner({ workflows, now: new Date('2026-01-01T00:00:00Z') }));
afterEach(() => t.close());

const paidAfter = async (runner: TestRunner): Promise<string> => {
  const run = await runner.start(Payments, 'main', 5);
  await runner.until(run, 'approval', 'WAITING');
  await runner.signal(run, approved, 'ann');
  return run.result();
};

describe('a process that dies', () => {
  it('before the end of a task is recorded: the task is called again, under the same key', async () => {
    await create(Payments);
    t.crashAfter('pay');
    expect(await paidAfter(t)).toBe('10 paid as pay, approved by ann');
    const keys = t.calls(Payments, 'pay').map(({ args }) => (args[1] as TaskContext).idempotencyKey);
    expect(keys).toHaveLength(2);
    expect(new Set(keys).size).toBe(1);
    expect(t.calls(Payments, 'quote')).toHaveLength(1);
  });

  it('after that: it is not', async () => {
    await create(Payments);
    t.crashAfter('pay', 'after');
    expect(await paidAfter(t)).toBe('10 paid as pay, approved by ann');
    expect(t.calls(Payments, 'pay')).toHaveLength(1);
    // What depends on it is called by the next process.
    expect(t.calls(Payments, 'approval')).toHaveLength(1);
  });

  it('amid a wait: the wait goes on', async () => {
    await create(Payments);
    t.crashAfter('approval', 'after');
    expect(await paidAfter(t)).toBe('10 paid as pay, approved by ann');
    expect(t.calls(Payments, 'approval')).toHaveLength(1);
  });

  it('while it is being awaited: the handle and the result know nothing of it', async () => {
    await create(Payments);
    const run = await t.start(Payments, 'main', 1);
    const result = run.result();
    t.crashAfter('quote').crashAfter('pay');
    await t.until(run, 'approval', 'WAITING');
    t.crashAfter('approval');
    await t.signal(run, approved, 'bob');
    expect(await result).toBe('2 paid as pay, approved by bob');
    expect(t.calls(Payments, 'quote')).toHaveLength(2);
  });

  it('twice at once: it dies once, and one follows it', async () => {
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    const gated = (name: string) =>
      defineWorkflow(name)
        .flow(name, async (_: void) => {
          await gate;
          return name;
        })
        .build();
    const [a, b] = [gated('a'), gated('b')];
    await create(a, b);
    t.crashAfter('a', 'after').crashAfter('b', 'after');
    const runs = [await t.start(a, 'a', undefined), await t.start(b, 'b', undefined)];
    open();
    expect(await Promise.all(runs.map((run) => run.result()))).toEqual(['a', 'b']);
  });

  it('while its run is followed: the events go on', async () => {
    await create(Payments);
    const run = await t.start(Payments, 'main', 1);
    const told: string[] = [];
    const following = (async () => {
      for await (const event of run.events())
        if (event.type !== 'log')
          told.push(event.type === 'node' ? `${event.task} ${event.status}` : event.type === 'run' ? event.status : '');
    })();
    t.crashAfter('pay');
    await t.until(run, 'approval', 'WAITING');
    await t.signal(run, approved, 'bob');
    await run.result();
    await following;
    expect(told).toEqual(expect.arrayContaining(['quote COMPLETED', 'pay COMPLETED', 'approval COMPLETED']));
    expect(told.at(-1)).toBe('COMPLETED');
  });

  it('at a task that is none is refused', async () => {
    await create(Payments);
    expect(() => t.crashAfter('pya')).toThrow('crashAfter: no workflow of this test runner has a node "pya"');
  });

  it('lets go of what it was calling: those methods are told to stop, and their values do not count', async () => {
    const reasons: unknown[] = [];
    const two = defineWorkflow('two')
      .task('slow', async (_: void, ctx: TaskContext<void>) => {
        if (t.calls(two, 'slow').length === 2) return 'second';
        return new Promise<string>((resolve) => {
          ctx.signal.addEventListener('abort', () => {
            reasons.push((ctx.signal.reason as { reason?: unknown }).reason);
            resolve('first');
          });
        });
      })
      .task('quick', async (_: void) => 'quick')
      .flow('main', { dependsOn: ['slow', 'quick'] }, async (slow: string, _q: string, _ctx: TaskContext<void>) => slow)
      .build();
    await create(two);
    t.crashAfter('quick', 'after');
    expect(await t.run(two, 'main', undefined)).toBe('second');
    expect(reasons).toEqual(['lease-lost']);
    expect(t.calls(two, 'quick')).toHaveLength(1);
  });
});

describe('a test that is repeated with a crash everywhere', () => {
  it('passes where every crash leads to the same end', async () => {
    await create(Payments);
    let rounds = 0;
    const crashes = await t.crashEverywhere(async (again) => {
      rounds += 1;
      again.override(Payments, { quote: () => Promise.reject(new Error('busy')) });
      await expect(again.run(Payments, 'main', 5)).rejects.toMatchObject({ task: 'quote' });
    });
    expect([rounds, crashes]).toEqual([1 + crashes, crashes]);
    const more = await t.crashEverywhere(async (again) => {
      expect(await paidAfter(again)).toBe('10 paid as pay, approved by ann');
    });
    // quote, pay, the wait, its park, its end, the flow with the run: each before and after.
    expect(more).toBeGreaterThanOrEqual(10);
    // Its own runner has not been used.
    expect(t.calls(Payments, 'quote')).toEqual([]);
  });

  it('goes through the elements of a map, and compensations', async () => {
    const map = defineWorkflow('map')
      .task('list', async (n: number) => Array.from({ length: n }, (_, i) => i))
      .task('double', { dependsOn: [each('list', { maxConcurrency: 2 })] }, async (n: number) => 2 * n)
      .flow(
        'main',
        { dependsOn: [all('double')] },
        async (twice: number[], ctx: TaskContext<number>): Promise<number[]> => {
          if (ctx.input === 3) throw new Error('three is too many');
          return twice;
        },
      )
      .compensate('double', async (n: number) => `${n} undone`)
      .build();
    await create(map);
    await t.crashEverywhere(async (again) => {
      expect(await again.run(map, 'main', 4)).toEqual([0, 2, 4, 6]);
    });
    const crashes = await t.crashEverywhere(async (again) => {
      await expect(again.run(map, 'main', 3)).rejects.toMatchObject({ cause: { message: 'three is too many' } });
    });
    expect(crashes).toBeGreaterThanOrEqual(8);
  });

  it('names the crash that leads elsewhere, and shows what happened', async () => {
    let charged = 0;
    const careless = defineWorkflow('careless')
      .task('charge', async (_: void) => (charged += 1))
      .flow('main', { dependsOn: ['charge'] }, async (times: number, _ctx: TaskContext<void>) => times)
      .build();
    await create(careless);
    const differing = t.crashEverywhere(async (again) => {
      charged = 0;
      await again.run(careless, 'main', undefined);
    });
    await expect(differing).rejects.toThrow(
      /^with a crash before the record of charge COMPLETED, a run of careless\.main ends otherwise than without:\nexpected .*output: 1.*\ngot .*output: 2/,
    );
    await expect(differing).rejects.toThrow(
      /\n\ncareless\.main is COMPLETED after 0ms\n {2}0ms {2}charge {2}#1 {2}COMPLETED in 0ms\n/,
    );
    const failing = t.crashEverywhere(async (again) => {
      charged = 0;
      expect(await again.run(careless, 'main', undefined)).toBe(1);
    });
    await expect(failing).rejects.toThrow(/^with a crash before the record of charge COMPLETED, the test fails: /);
    const own = t.crashEverywhere(async (again) => void ((charged = 0), await again.run(careless, 'main', undefined)), {
      compare: ({ status }) => status,
    });
    expect(await own).toBeGreaterThanOrEqual(4);
  });

  it('ends where the test leaves a run unfinished', async () => {
    const failing = defineWorkflow('failing')
      .flow('main', { retries: { max: 3, initialDelay: '5s' } }, async (_: void): Promise<number> => {
        throw new Error('again');
      })
      .build();
    await create(failing);
    const crashes = await t.crashEverywhere(
      async (again) => {
        const run = await again.start(failing, 'main', undefined);
        await again.until(run, 'main', 'WAITING');
      },
      { compare: ({ workflow }) => workflow },
    );
    expect(crashes).toBeGreaterThanOrEqual(2);
  });

  it('fails as the test does where that fails without a crash', async () => {
    await create(Payments);
    const failed = new Error('the test itself');
    await expect(t.crashEverywhere(() => Promise.reject(failed))).rejects.toBe(failed);
  });
});
