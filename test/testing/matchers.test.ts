import 'typeflow/testing/jest';
import { Compensate, Flow, NonRetryableError, Task, Workflow, all, defineWorkflow, each, optional } from 'typeflow';
import type { TaskContext } from 'typeflow';
import { createTestRunner, timeline } from 'typeflow/testing';
import type { TestRunner } from 'typeflow/testing';

class CardDeclined extends Error {
  override readonly name = 'CardDeclined';
  readonly code = 'DECLINED';
}

@Workflow({ name: 'shop' })
class Shop {
  @Task()
  async reserve(_amount: number): Promise<string> {
    return 'r-1';
  }

  @Compensate('reserve')
  async release(_id: string): Promise<void> {}

  @Task({ dependsOn: ['reserve'], retries: { max: 2, backoff: 'constant', initialDelay: '1m', jitter: false } })
  async pay(_id: string, ctx: TaskContext<number>): Promise<number> {
    if (ctx.input > 100) throw new CardDeclined(`cannot pay ${ctx.input}`);
    return ctx.input;
  }

  @Task()
  async gift(amount: number, ctx: TaskContext<number>): Promise<string> {
    return amount < 50 ? ctx.skip('too little for a gift') : 'socks';
  }

  @Flow({ dependsOn: ['pay', optional('gift')] })
  async main(paid: number, gift: string | undefined, _ctx: TaskContext<number>): Promise<string> {
    return `${paid} ${gift ?? 'and nothing'}`;
  }
}

let t: TestRunner;
beforeEach(async () => {
  t = await createTestRunner({ workflows: [Shop], now: new Date('2026-01-01T00:00:00Z') });
});
afterEach(() => t.close());

const messageOf = async (assertion: Promise<unknown>): Promise<string> =>
  assertion.then(
    () => 'it passed',
    (error: unknown) => (error as Error).message,
  );

describe('matchers for runs', () => {
  it('tell how a run went', async () => {
    const run = await t.start(Shop, 'main', 10);
    await expect(run).toHaveCompleted();
    await expect(run).toHaveSkipped('gift');
    await expect(run).toHaveAttempted('pay', 1);
    await expect(run).not.toHaveCompensated('reserve');
    await expect(run).not.toHaveFailedWith();
    // A record is taken as it is.
    await expect(await run.get()).toHaveCompleted();
  });

  it.each([
    ['any error', []],
    ['a part of its message', ['cannot pay']],
    ['a pattern', [/pay \d+$/]],
    ['its class', [CardDeclined]],
    ['any class', [Error]],
    ['a pattern that remembers', [/pay/g]],
    ['some of its fields', [{ code: 'DECLINED', message: expect.stringContaining('500') as unknown }]],
  ] as const)('tell by what it failed: %s', async (_name, expected) => {
    const run = await t.start(Shop, 'main', 500);
    await expect(run).toHaveFailedWith(...(expected as []));
    await expect(run).toHaveAttempted('pay', 3);
    await expect(run).toHaveCompensated('reserve');
  });

  it.each([['funds'], [/^no/], [NonRetryableError], [{ code: 'OTHER' }]])('that fail: by %p', async (expected) => {
    const run = await t.start(Shop, 'main', 500);
    expect(await messageOf(expect(run).toHaveFailedWith(expected as string))).toMatch(
      /^expected the run to end FAILED with .+, but it is FAILED with CardDeclined: cannot pay 500\n\nshop\.main is FAILED/,
    );
  });

  it('that fail show what happened', async () => {
    const run = await t.start(Shop, 'main', 500);
    expect(await messageOf(expect(run).toHaveCompleted())).toBe(
      [
        'expected the run to end COMPLETED, but it is FAILED',
        '',
        'shop.main is FAILED after 2m by pay: CardDeclined: cannot pay 500',
        '  0ms  reserve  #1  COMPLETED in 0ms',
        '  0ms  pay      #1  failed in 0ms: CardDeclined: cannot pay 500; again after 1m',
        '  0ms  gift     #1  COMPLETED in 0ms',
        '  1m   pay      #2  failed in 0ms: CardDeclined: cannot pay 500; again after 1m',
        '  2m   pay      #3  failed in 0ms: CardDeclined: cannot pay 500',
        '  2m   release  #1  COMPLETED in 0ms',
        '       main         SKIPPED: it needs "pay" (completed), which is FAILED',
      ].join('\n'),
    );
    expect(await messageOf(expect(run).not.toHaveAttempted('pay', 3))).toMatch(
      /^expected not "pay" to have been called 3 times, but it was called 3 times\n\n/,
    );
    expect(await messageOf(expect(run).toHaveAttempted('gift', 2))).toMatch(/but it was called once\n\n/);
    for (const wrong of [
      expect(run).toHaveSkipped('nope'),
      expect(run).not.toHaveAttempted('nope', 3),
      expect(run).not.toHaveCompensated('nope'),
    ]) {
      expect(await messageOf(wrong)).toBe(
        'the run of shop.main has no node "nope"; its nodes are reserve, pay, gift, main, release',
      );
    }
    expect(await messageOf(expect(run).toHaveSkipped('pay'))).toMatch(
      /^expected "pay" to be SKIPPED, but it is FAILED/,
    );
  });

  it('refuse what is no run', async () => {
    for (const wrong of [undefined, null, 7, {}, 'id']) {
      expect(await messageOf(expect(wrong).toHaveCompleted())).toMatch(
        /^expected a handle of a run, or its record, got /,
      );
    }
  });

  it('ask for the await that is missing', async () => {
    expect(await messageOf(expect(t.start(Shop, 'main', 500)).toHaveCompleted())).toBe(
      'expected a handle of a run, or its record, got a promise: await what t.start returns first',
    );
  });

  it('say so where nothing can end a run', async () => {
    const waiting = defineWorkflow('waiting')
      .flow('main', async (_: void, ctx: TaskContext<void>) => ctx.waitFor('nobody'))
      .build();
    await t.close();
    t = await createTestRunner({ workflows: [waiting] });
    const run = await t.start(waiting, 'main', undefined);
    expect(await messageOf(expect(run).toHaveCompleted())).toMatch(/signal that nobody has sent/);
  });
});

describe('a timeline', () => {
  it('tells of maps, waits, skips and what was never called', async () => {
    const wide = defineWorkflow('wide')
      .task('list', async (n: number) => Array.from({ length: n }, (_, i) => i))
      .task('double', { dependsOn: [each('list')] }, async (n: number) => {
        if (n === 1) throw new NonRetryableError('one is odd\nand more');
        return 2 * n;
      })
      .task('rest', { dependsOn: ['list'] }, async (_: number[], ctx: TaskContext<number>) => ctx.sleep('2h'))
      .flow(
        'main',
        { dependsOn: [all('double'), 'rest'], onFailure: 'finish' },
        async (_d: number[], _r: undefined, _ctx: TaskContext<number>) => 1,
      )
      .build();
    await t.close();
    t = await createTestRunner({ workflows: [wide], now: new Date('2026-01-01T00:00:00Z') });
    const run = await t.start(wide, 'main', 2);
    await t.until(run, 'rest', 'WAITING');
    const during = await t.timeline(run);
    await run.result().catch(() => undefined);
    expect(`${during}\n\n${await t.timeline(run)}`).toBe(
      [
        'wide.main is WAITING',
        '  0ms  list       #1  COMPLETED in 0ms',
        '  0ms  double         FAILED in 0ms, 1 of 2 elements COMPLETED',
        '  0ms  double[0]  #1  COMPLETED in 0ms',
        '  0ms  double[1]  #1  failed in 0ms: NonRetryableError: one is odd',
        '  0ms  rest       #1  WAITING for a sleep',
        '       main           SKIPPED: it needs "double" (all), which is FAILED',
        '',
        'wide.main is FAILED after 2h by double: NonRetryableError: one is odd',
        '  0ms  list       #1  COMPLETED in 0ms',
        '  0ms  double         FAILED in 0ms, 1 of 2 elements COMPLETED',
        '  0ms  double[0]  #1  COMPLETED in 0ms',
        '  0ms  double[1]  #1  failed in 0ms: NonRetryableError: one is odd',
        '  0ms  rest       #1  COMPLETED in 2h',
        '       main           SKIPPED: it needs "double" (all), which is FAILED',
      ].join('\n'),
    );
    expect(timeline((await t.get(run)) as never)).toBe(await t.timeline(run));
    await expect(t.timeline('0190d6f0-0000-7000-8000-000000000001')).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
  });

  it('stands beside the graph, for snapshots', () => {
    expect(t.graph(Shop)).toMatch(/^flowchart/);
  });
});
