import { randomUUID } from 'node:crypto';
import { defineWorkflow, signal } from '../../src';
import type { TaskContext } from '../../src';
import { Gate } from '../engine/gate';
import { Fleet, nodeOf, withWork } from './fleet-fixture';
import type { AnyWorkflow } from './fleet-fixture';

const DAY_MS = 24 * 60 * 60 * 1000;
const approved = signal<{ by: string }>('approved');

/** Virtual days are not to be made of a look around each second. */
const SELDOM = { poll: '6h', lease: '1d', reportAfter: '6h' } as const;

let fleet: Fleet;
let calls: string[];

beforeEach(() => {
  fleet = new Fleet();
  calls = [];
});

afterEach(() => fleet.close());

const send = (runId: string, name: string, payload: unknown) =>
  fleet.store.signals.send({ runId, id: randomUUID(), name, payload: JSON.stringify(payload) });
const parked = (runId: string) =>
  fleet.until('a parked run', async () => (await fleet.run(runId)).status === 'WAITING');

describe('a run that waits', () => {
  const approval = (notify: string): AnyWorkflow =>
    defineWorkflow('approval')
      .task('submit', async (title: string) => (calls.push('submit'), title))
      .task('decision', { dependsOn: ['submit'] }, async (_title: string, ctx: TaskContext<string>) => {
        calls.push('decision');
        return ctx.waitFor(approved, { timeout: '60d' });
      })
      .task('rest', { dependsOn: ['decision'] }, async (_: { by: string }, ctx: TaskContext<string>) => ctx.sleep('2d'))
      .task('notify', { dependsOn: ['rest', 'decision'] }, async (_: undefined, { by }: { by: string }) => {
        calls.push(notify);
        return `${notify} ${by}`;
      })
      .flow('main', { dependsOn: ['notify'] }, async (text: string, _ctx: TaskContext<string>) => text)
      .build() as AnyWorkflow;

  it('for 30 days, over three restarts of all workers and one new version of the code, finishes right', async () => {
    const [old, next] = [approval('mail'), approval('chat')];
    const id = await fleet.start(old, 'budget');
    for (let restart = 0; restart < 3; restart++) {
      const workers = [await fleet.worker([old], ['default'], SELDOM), await fleet.worker([old], ['default'], SELDOM)];
      await parked(id);
      await fleet.clock.advance(10 * DAY_MS);
      expect(workers.map(({ health }) => [health.runs, health.tasks])).toEqual([
        [0, 0],
        [0, 0],
      ]);
      await fleet.close();
    }
    await fleet.worker([next], ['default'], SELDOM);
    await send(id, 'approved', { by: 'ann' });
    await fleet.until('the sleep', async () => (await fleet.run(id)).nodes.some(({ node }) => node === 'rest'));
    await fleet.clock.advance(2 * DAY_MS);
    expect(await fleet.output(id)).toBe('chat ann');
    expect(calls).toEqual(['submit', 'decision', 'chat']);
    const { startedAt = 0, finishedAt = 0 } = nodeOf(await fleet.run(id), 'decision');
    expect(finishedAt - startedAt).toBeGreaterThanOrEqual(30 * DAY_MS);
  });

  it('fails at its time-out and not before, whether it is parked or not', async () => {
    const id = await fleet.start(approval('mail'), 'budget');
    await fleet.worker([approval('mail')], ['default'], SELDOM);
    await parked(id);
    await fleet.clock.advance(59.9 * DAY_MS);
    expect((await fleet.run(id)).status).toBe('WAITING');
    await fleet.clock.advance(0.2 * DAY_MS);
    expect(nodeOf(await fleet.run(id), 'decision').error).toContain('WAIT_TIMEOUT');
  });

  it('takes a signal that came before its time-out, although nobody looked until after it', async () => {
    const id = await fleet.start(approval('mail'), 'budget');
    await fleet.worker([approval('mail')], ['default'], SELDOM);
    await parked(id);
    await fleet.close();
    await send(id, 'approved', { by: 'late' });
    await fleet.clock.advance(61 * DAY_MS);
    await fleet.worker([approval('mail')], ['default'], SELDOM);
    await fleet.until('the end of the wait', async () => nodeOf(await fleet.run(id), 'decision').status !== 'WAITING');
    expect(nodeOf(await fleet.run(id), 'decision')).toMatchObject({ status: 'COMPLETED', output: '{"by":"late"}' });
  });

  it.each([
    ['a sleep', (_: unknown, ctx: TaskContext) => ctx.sleep('2d'), 1],
    [
      'a backoff',
      () => {
        throw new Error('busy');
      },
      1,
    ],
    // A signal may have come already: it is looked for before the run is parked.
    ['a signal', (_: unknown, ctx: TaskContext) => ctx.waitFor('go'), 2],
  ] as const)('is parked for %s in as few records as can be', async (_name, body, expected) => {
    const record = jest.spyOn(fleet.store, 'record');
    const retries = { max: 1, initialDelay: '2d', maxDelay: '2d', jitter: false } as const;
    const workflow = defineWorkflow('parking')
      .flow('main', { retries }, body as (_: unknown, ctx: TaskContext) => unknown)
      .build() as AnyWorkflow;
    await fleet.worker([workflow], ['default'], SELDOM);
    const id = await fleet.start(workflow, 1);
    await parked(id);
    expect(nodeOf(await fleet.run(id), 'main').status).toBe('WAITING');
    expect(record).toHaveBeenCalledTimes(expected);
  });

  it('is parked by the next record where its inbox moved while the first was on its way', async () => {
    const record = fleet.store.record.bind(fleet.store);
    const answers: boolean[] = [];
    jest.spyOn(fleet.store, 'record').mockImplementation(async (params) => {
      if (answers.length === 0) await send(params.runId, 'unasked', 1);
      const answer = await record(params);
      answers.push(answer.kind === 'recorded' && answer.applied);
      return answer;
    });
    const workflow = defineWorkflow('parking')
      .flow('main', async (_: number, ctx: TaskContext<number>) => ctx.sleep('2d'))
      .build() as AnyWorkflow;
    await fleet.worker([workflow], ['default'], SELDOM);
    const id = await fleet.start(workflow, 1);
    await parked(id);
    expect(answers).toEqual([false, true]);
    await fleet.clock.advance(2 * DAY_MS);
    await fleet.until('the end', async () => (await fleet.run(id)).status === 'COMPLETED');
  });

  it('takes a signal that came before its wait, which began while others were being looked for', async () => {
    const [isRead, goOn, mayEnd] = [new Gate(), new Gate(), new Gate()];
    const find = fleet.store.signals.find.bind(fleet.store.signals);
    jest.spyOn(fleet.store.signals, 'find').mockImplementationOnce(async (params) => {
      const found = await find(params);
      isRead.open();
      await goOn.opened;
      return found;
    });
    const workflow = defineWorkflow('two')
      .task('a', async (_: number, ctx: TaskContext<number>) => ctx.waitFor<string>('A'))
      .task('b', async (_: number, ctx: TaskContext<number>) => mayEnd.opened.then(() => ctx.waitFor<string>('B')))
      .flow('main', { dependsOn: ['a', 'b'] }, async (a: string, b: string, _ctx: TaskContext<number>) => a + b)
      .build() as AnyWorkflow;
    const id = await fleet.start(workflow, 1);
    await send(id, 'B', 'b');
    await fleet.worker([workflow], ['default'], SELDOM);
    await isRead.opened;
    mayEnd.open();
    await fleet.until('the other wait', async () =>
      (await fleet.run(id)).nodes.some(({ node, status }) => node === 'b' && status === 'WAITING'),
    );
    goOn.open();
    await fleet.until('the end of it', async () => nodeOf(await fleet.run(id), 'b').status === 'COMPLETED');
    await send(id, 'A', 'a');
    expect(await fleet.output(id)).toBe('ab');
  });

  it('takes a signal that came in time, though its time-out fell into a look that was sent before', async () => {
    const [isRead, goOn] = [new Gate(), new Gate()];
    const find = fleet.store.signals.find.bind(fleet.store.signals);
    jest.spyOn(fleet.store.signals, 'find').mockImplementationOnce(async (params) => {
      const found = await find(params);
      isRead.open();
      await goOn.opened;
      return found;
    });
    const id = await fleet.start(approval('mail'), 'budget');
    await fleet.worker([approval('mail')], ['default'], SELDOM);
    await isRead.opened;
    await send(id, 'approved', { by: 'ann' });
    await fleet.clock.advance(61 * DAY_MS);
    goOn.open();
    await fleet.until('the end of the wait', async () => nodeOf(await fleet.run(id), 'decision').status !== 'WAITING');
    expect(nodeOf(await fleet.run(id), 'decision')).toMatchObject({ status: 'COMPLETED', output: '{"by":"ann"}' });
  });

  it('on another worker’s queue waits with its owner, and is called once', async () => {
    const workflow = withWork(async (n, ctx) => {
      calls.push(`work ${n}`);
      return ctx.waitFor('go');
    });
    await fleet.worker([workflow], ['default']);
    await fleet.worker([workflow], ['gpu']);
    const id = await fleet.start(workflow, 1);
    await parked(id);
    expect(nodeOf(await fleet.run(id), 'work').wait).toMatchObject({ kind: 'signal', signal: 'go' });
    await send(id, 'go', 7);
    expect(await fleet.output(id)).toBe(7);
    expect(calls).toEqual(['work 2']);
    await fleet.until('removal of the call', async () => (await fleet.calls(id)) === 0);
  });
});
