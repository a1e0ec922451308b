import { defineWorkflow } from '../../src';
import type { TaskContext } from '../../src';
import { Gate } from '../engine/gate';
import { Fleet, nodeOf, withWork } from './fleet-fixture';
import type { AnyWorkflow } from './fleet-fixture';
import type { Worker } from '../../src/runner/worker';

let fleet: Fleet;

beforeEach(() => {
  fleet = new Fleet();
});

afterEach(async () => {
  jest.restoreAllMocks();
  await fleet.close();
});

const oneTask = (task: (n: number) => unknown, options = {}): AnyWorkflow =>
  defineWorkflow('one')
    .task('prepare', { timeout: false, ...options }, task as (n: number) => Promise<number>)
    .flow('main', { dependsOn: ['prepare'] }, async (value: unknown, _ctx: TaskContext<number>) => value)
    .build() as AnyWorkflow;

describe('a worker that closes', () => {
  it('because a task says so, before its first await, records that task: nobody calls it again', async () => {
    const calls: Promise<void>[] = [];
    const workflow = oneTask((n) => {
      calls.push(owner.close());
      return n + 1;
    });
    const owner: Worker = await fleet.worker([workflow], ['default'], {
      drain: '5s',
    });
    const id = await fleet.start(workflow, 1);
    await fleet.until('call', () => calls.length === 1);
    await fleet.clock.advance(10_000);
    await calls[0];
    expect(nodeOf(await fleet.run(id), 'prepare')).toMatchObject({
      status: 'COMPLETED',
    });
    await fleet.worker([workflow], ['default']);
    expect([await fleet.output(id), calls.length]).toEqual([2, 1]);
  });

  it('because a call of another worker says so leaves its result', async () => {
    const calls: Promise<void>[] = [];
    const workflow = withWork((n) => {
      calls.push(gpu.close());
      return Promise.resolve(n);
    });
    await fleet.worker([workflow], ['default']);
    const gpu: Worker = await fleet.worker([workflow], ['gpu'], {
      drain: '5s',
    });
    const id = await fleet.start(workflow, 1);
    await fleet.until('call', () => calls.length === 1);
    await fleet.clock.advance(1_000);
    await fleet.worker([workflow], ['gpu']);
    expect([await fleet.output(id), calls.length]).toEqual([2, 1]);
    await calls[0];
  });

  it('does not wait for a suspect whose call it has announced and does not make any more', async () => {
    const calls: number[] = [];
    const workflow = oneTask((n) => calls.push(n));
    const poll = fleet.store.poll.bind(fleet.store);
    // Its workers have died twice.
    jest.spyOn(fleet.store, 'poll').mockImplementation(async (params) => {
      const result = await poll(params);
      if (result.kind === 'dead') return result;
      return {
        ...result,
        claimed: result.claimed.map((run) => ({ ...run, crashes: 2 })),
      };
    });
    const answered = new Gate();
    const record = fleet.store.record.bind(fleet.store);
    const spy = jest.spyOn(fleet.store, 'record').mockImplementation(async (params) => {
      const answer = await record(params);
      await answered.opened;
      return answer;
    });
    const owner = await fleet.worker([workflow], ['default'], { drain: '30s' });
    const id = await fleet.start(workflow, 1);
    await fleet.until('announcement', () => spy.mock.calls.length === 1);
    const closed = owner.close();
    answered.open();
    await fleet.clock.advance(1_000);
    expect([(await fleet.run(id)).status, calls]).toEqual(['PENDING', []]);
    await closed;
  });
});
