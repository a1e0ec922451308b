import type { AttemptAbortedError } from '../../src';
import { untilAborted } from '../engine/engine-fixture';
import { Gate } from '../engine/gate';
import { Fleet, nodeOf, withWork } from './fleet-fixture';

let fleet: Fleet;

beforeEach(() => {
  fleet = new Fleet();
});

afterEach(async () => {
  await fleet.close();
});

describe('the worker of the queue', () => {
  it('gives back a call that it does not know, when a second poll still says that it has it', async () => {
    const calls: number[] = [];
    const gate = new Gate();
    const workflow = withWork(async (n) => {
      calls.push(n);
      if (n === 1) await gate.opened;
      return n;
    });
    await fleet.worker([workflow], ['default']);
    const gpu = await fleet.worker([workflow], ['gpu'], { poll: '10s', lease: '60s', tasks: 1 });
    const first = await fleet.start(workflow, 0);
    await fleet.until('call that takes the only place', () => calls.length === 1);
    const id = await fleet.start(workflow, 1);
    await fleet.until('call', async () => (await fleet.calls(id)) === 1);
    // A claim of its own whose answer it never got.
    const { node, shape } = { node: 'work', shape: workflow.graph.flows.get('main')?.byName.get('work')?.shape ?? '' };
    const code = [{ workflow: 'queued', flow: 'main', node, shape }];
    const claim = { queues: ['gpu'], code, limit: 1, suspectFrom: 9, takesSuspect: false };
    expect((await fleet.store.dispatches.poll({ workerId: gpu.id, claim })).claimed).toHaveLength(1);
    gpu.nudge();
    await fleet.clock.advance(1_000);
    expect((await fleet.store.dispatches.list({ runId: id }))[0]?.worker).toBe(gpu.id);
    gpu.nudge();
    await fleet.clock.advance(1_000);
    expect((await fleet.store.dispatches.list({ runId: id }))[0]?.worker).toBeUndefined();
    gate.open();
    expect([await fleet.output(first), await fleet.output(id), calls]).toEqual([1, 2, [1, 2]]);
  });

  it('aborts a call whose row is gone, and writes nothing', async () => {
    const reasons: string[] = [];
    const workflow = withWork(async (n, ctx) =>
      untilAborted(ctx.signal).catch((error: AttemptAbortedError) => {
        reasons.push(error.reason);
        return n;
      }),
    );
    await fleet.worker([workflow], ['default']);
    const gpu = await fleet.worker([workflow], ['gpu']);
    const id = await fleet.start(workflow, 1);
    await fleet.until('call', async () => (await fleet.store.dispatches.list({ runId: id }))[0]?.worker !== undefined);
    const { epoch } = await fleet.run(id);
    await fleet.store.dispatches.remove({
      runId: id,
      epoch,
      calls: [{ node: 'work', index: -1, attempt: 1, generation: 1 }],
    });
    await fleet.until('abort', () => reasons.length > 0);
    await fleet.clock.advance(1_000);
    expect([reasons, gpu.health.tasks]).toEqual([['lease-lost'], 0]);
    expect((await fleet.run(id)).nodes.some(({ node }) => node === 'work')).toBe(false);
  });

  it('has its careful turn back though the next attempt comes before the answer to the result of this one', async () => {
    const gate = new Gate();
    let calls = 0;
    const workflow = withWork(async (n) => (++calls === 1 ? Promise.reject(new Error('busy')) : n), {
      retries: { max: 1, backoff: 'constant', initialDelay: '1ms', jitter: false },
    });
    const { dispatches } = fleet.store;
    const [poll, record] = [dispatches.poll.bind(dispatches), dispatches.record.bind(dispatches)];
    const takesSuspect: boolean[] = [];
    jest.spyOn(dispatches, 'poll').mockImplementation(async (params) => {
      if (params.claim !== undefined) takesSuspect.push(params.claim.takesSuspect);
      const { held, claimed } = await poll(params);
      // The first attempt has killed two workers.
      return { held, claimed: claimed.map((call) => (call.attempt === 1 ? { ...call, crashes: 2 } : call)) };
    });
    jest.spyOn(dispatches, 'record').mockImplementation(async (params) => {
      const answer = await record(params);
      if (params.attempt === 1) await gate.opened;
      return answer;
    });
    await fleet.worker([workflow], ['default']);
    await fleet.worker([workflow], ['gpu']);
    const id = await fleet.start(workflow, 1);
    expect(await fleet.output(id)).toBe(2);
    gate.open();
    await fleet.clock.advance(3_000);
    expect([calls, takesSuspect.at(-1)]).toEqual([2, true]);
  });
});

describe('the owner of such a run', () => {
  it('parks it while the call takes long, and is woken by the result', async () => {
    const gate = new Gate();
    const workflow = withWork(async (n) => gate.opened.then(() => n));
    const owner = await fleet.worker([workflow], ['default'], { parkAfter: '3s' });
    await fleet.worker([workflow], ['gpu']);
    const id = await fleet.start(workflow, 1);
    await fleet.clock.advance(2_500);
    expect([(await fleet.run(id)).status, owner.health.runs]).toEqual(['RUNNING', 1]);
    await fleet.clock.advance(3_000);
    expect([(await fleet.run(id)).status, owner.health.runs]).toEqual(['WAITING', 0]);
    gate.open();
    expect(await fleet.output(id)).toBe(2);
  });

  it('may change while the call is made: its result is neither lost nor made twice', async () => {
    let calls = 0;
    const gate = new Gate();
    const workflow = withWork(async (n) => {
      calls++;
      return gate.opened.then(() => n);
    });
    const first = await fleet.worker([workflow], ['default']);
    await fleet.worker([workflow], ['gpu']);
    const early = await fleet.start(workflow, 1);
    await fleet.until('call', () => calls === 1);
    await Promise.all([first.close(), fleet.clock.advance(100)]);
    // One result comes while nobody owns the run, the other when its new owner waits for it.
    gate.open();
    await fleet.clock.advance(1_000);
    expect((await fleet.store.dispatches.list({ runId: early }))[0]).toMatchObject({ hasResult: true });
    await fleet.worker([workflow], ['default']);
    expect(await fleet.output(early)).toBe(2);
    expect(calls).toBe(1);
    expect(nodeOf(await fleet.run(early), 'work')).toMatchObject({ attempt: 1, attempts: [] });
  });

  it('goes on waiting for a call that its predecessor offered, even where it serves the queue itself', async () => {
    let calls = 0;
    const gate = new Gate();
    const workflow = withWork(async (n) => {
      calls++;
      return gate.opened.then(() => n);
    });
    const first = await fleet.worker([workflow], ['default']);
    await fleet.worker([workflow], ['gpu']);
    const id = await fleet.start(workflow, 1);
    await fleet.until('call', () => calls === 1);
    await Promise.all([first.close(), fleet.clock.advance(100)]);
    await fleet.worker([workflow], ['default', 'gpu']);
    await fleet.until('new owner', async () => (await fleet.run(id)).status === 'RUNNING');
    await fleet.clock.advance(2_000);
    gate.open();
    expect([await fleet.output(id), calls]).toEqual([2, 1]);
  });
});

describe('the next attempt', () => {
  it.each([
    ['is still called', false],
    ['has ended by then', true],
  ])('is adopted by an owner that comes, by its clock, before the backoff is over, where it %s', async (_, isEarly) => {
    const calls: number[] = [];
    const gate = new Gate();
    const workflow = withWork(
      async (n) => {
        calls.push(n);
        return calls.length === 1 ? Promise.reject(new Error('busy')) : gate.opened.then(() => n);
      },
      { retries: { max: 1, backoff: 'constant', initialDelay: '4s', jitter: false } },
    );
    const first = await fleet.worker([workflow], ['default']);
    await fleet.worker([workflow], ['gpu']);
    const id = await fleet.start(workflow, 1);
    await fleet.until('backoff', async () => (await fleet.run(id)).nodes.some(({ status }) => status === 'WAITING'));
    // As an owner does whose clock is ahead.
    const { epoch, nodes } = await fleet.run(id);
    const shape = nodes.find(({ node }) => node === 'work')?.shape ?? '';
    const offer = { node: 'work', index: -1, attempt: 2, queue: 'gpu', shape, needs: ['prepare'], failures: 1 };
    const calls2 = [{ ...offer, idempotencyKey: 'key' }];
    await fleet.store.dispatches.offer({ runId: id, epoch, generation: 1, calls: calls2 });
    await fleet.until('second call', () => calls.length === 2);
    await Promise.all([first.close(), fleet.clock.advance(100)]);
    if (isEarly) gate.open();
    await fleet.worker([workflow], ['default']);
    await fleet.clock.advance(6_000);
    gate.open();
    expect([await fleet.output(id), calls.length]).toEqual([2, 2]);
    expect(nodeOf(await fleet.run(id), 'work')).toMatchObject({ attempt: 2 });
  });
});

describe('a cancel of a run with such a task', () => {
  it('does not keep its owner from closing; the next one does not wait for the call again', async () => {
    const reasons: string[] = [];
    const workflow = withWork(
      async (n, ctx) =>
        new Promise(() => {
          ctx.signal.addEventListener('abort', () => reasons.push((ctx.signal.reason as AttemptAbortedError).reason));
          return n;
        }),
    );
    const first = await fleet.worker([workflow], ['default'], { cancelGrace: '30s' });
    const gpu = await fleet.worker([workflow], ['gpu'], { zombieAfter: '1s' });
    const id = await fleet.start(workflow, 1);
    await fleet.until('call', async () => (await fleet.store.dispatches.list({ runId: id }))[0]?.worker !== undefined);
    await fleet.store.requestCancel({ runId: id });
    await fleet.until('abort', () => reasons.length > 0);
    await Promise.all([first.close(), fleet.clock.advance(0)]);
    expect((await fleet.run(id)).status).toBe('PENDING');
    await fleet.worker([workflow], ['default'], { cancelGrace: '30s' });
    await fleet.clock.advance(3_000);
    const run = await fleet.run(id);
    expect([run.status, nodeOf(run, 'work').status, reasons]).toEqual(['CANCELLED', 'CANCELLED', ['cancel']]);
    expect([await fleet.calls(id), gpu.health.tasks]).toEqual([0, 0]);
  });

  it('withdraws at once what nobody has claimed', async () => {
    const workflow = withWork(async (n) => n);
    const owner = await fleet.worker([workflow], ['default']);
    const id = await fleet.start(workflow, 1);
    await fleet.until('call', async () => (await fleet.calls(id)) === 1);
    await fleet.store.requestCancel({ runId: id });
    owner.cancel(id, undefined);
    await fleet.clock.advance(0);
    expect((await fleet.run(id)).status).toBe('CANCELLED');
    expect(await fleet.calls(id)).toBe(0);
  });

  it('aborts the attempt where it runs; a value that is handed in all the same is recorded', async () => {
    const reasons: string[] = [];
    const workflow = withWork(async (n, ctx) =>
      untilAborted(ctx.signal).catch((error: AttemptAbortedError) => {
        reasons.push(error.reason);
        return n;
      }),
    );
    await fleet.worker([workflow], ['default']);
    await fleet.worker([workflow], ['gpu']);
    const id = await fleet.start(workflow, 1);
    await fleet.until('call', async () => (await fleet.store.dispatches.list({ runId: id }))[0]?.worker !== undefined);
    await fleet.store.requestCancel({ runId: id });
    const run = await fleet.ended(id);
    expect([run.status, nodeOf(run, 'work').status, reasons]).toEqual(['CANCELLED', 'COMPLETED', ['cancel']]);
  });

  it('does not wait longer than cancelGrace, and drops what comes later', async () => {
    const gate = new Gate();
    const workflow = withWork(async (n) => gate.opened.then(() => n));
    await fleet.worker([workflow], ['default']);
    const gpu = await fleet.worker([workflow], ['gpu']);
    const id = await fleet.start(workflow, 1);
    await fleet.until('call', async () => (await fleet.store.dispatches.list({ runId: id }))[0]?.worker !== undefined);
    await fleet.store.requestCancel({ runId: id });
    const run = await fleet.ended(id);
    expect([run.status, nodeOf(run, 'work').status]).toEqual(['CANCELLED', 'CANCELLED']);
    gate.open();
    await fleet.clock.advance(1_000);
    expect(await fleet.run(id)).toEqual(run);
    expect([await fleet.calls(id), gpu.health.tasks]).toEqual([0, 0]);
  });

  it.each(['cancel', 'deadline'] as const)('reaches the attempt of a run that was parked: %s', async (cause) => {
    const reasons: string[] = [];
    const workflow = withWork(async (_, ctx) =>
      untilAborted(ctx.signal).catch((error: AttemptAbortedError) => {
        reasons.push(error.reason);
        throw error;
      }),
    );
    await fleet.worker([workflow], ['default'], { parkAfter: '1s' });
    await fleet.worker([workflow], ['gpu']);
    const id = await fleet.start(workflow, 1, cause === 'deadline' ? { deadlineMs: 20_000 } : {});
    await fleet.until('parking', async () => (await fleet.run(id)).status === 'WAITING');
    if (cause === 'cancel') await fleet.store.requestCancel({ runId: id });
    const run = await fleet.ended(id);
    expect(run.status).toBe(cause === 'cancel' ? 'CANCELLED' : 'FAILED');
    expect(nodeOf(run, 'work')).toMatchObject({
      status: 'CANCELLED',
      reason: { code: cause },
      attempts: [{ outcome: 'aborted' }],
    });
    expect(reasons).toEqual([cause]);
  });
});
