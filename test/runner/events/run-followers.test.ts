import { RunNotFoundError, RunnerClosedError } from '../../../src/core/errors/run-errors';
import { BEGINNING, tokenOf } from '../../../src/runner/events/event-cursor';
import { RunFollowers } from '../../../src/runner/events/run-followers';
import type { FeedEntry, FeedRun, ReadFeedParams, RunChanges } from '../../../src/store/run-feed';
import type { Store } from '../../../src/store/store';
import { VirtualClock } from '../../../src/testing/virtual-clock';

const RUN: FeedRun = {
  workflow: 'orders',
  flow: 'main',
  status: 'RUNNING',
  generation: 1,
  isCancelRequested: false,
};

const TOLD = { seq: 0, told: tokenOf(RUN) };

describe('those who follow runs', () => {
  let clock: VirtualClock;
  let asked: ReadFeedParams[];
  let entries: FeedEntry[];
  let read: (params: ReadFeedParams) => Promise<readonly RunChanges[]>;
  let followers: RunFollowers;

  const progress = (seq: number): FeedEntry => ({
    kind: 'progress',
    seq,
    node: 'n',
    index: -1,
    attempt: 1,
    fraction: 0,
    at: 0,
  });
  const pass = async (ms: number): Promise<void> => {
    clock.moveTo(clock.now() + ms);
    await clock.fireDue();
  };

  beforeEach(() => {
    clock = new VirtualClock(0);
    [asked, entries] = [[], []];
    read = async ({ follows }) =>
      follows.map(({ runId, after }) => ({
        runId,
        run: RUN,
        entries: entries.filter(({ seq }) => seq > after),
        isMore: false,
      }));
    const feed = { read: (params: ReadFeedParams) => (asked.push(params), read(params)) };
    followers = new RunFollowers({ kind: 'postgres', feed } as unknown as Store, clock);
  });

  afterEach(() => followers.close());

  it('are told at once of what they have not been told', async () => {
    expect((await followers.next('a', BEGINNING, undefined))?.run).toBe(RUN);
    entries = [progress(3)];
    await pass(1_000);
    expect((await followers.next('a', TOLD, undefined))?.entries).toEqual([progress(3)]);
  });

  it('wait until something happens: found by a look every quarter of a second', async () => {
    const next = followers.next('a', TOLD, undefined);
    await pass(0);
    expect(asked).toHaveLength(1);
    entries = [progress(1)];
    await pass(240);
    expect(asked).toHaveLength(1);
    await pass(10);
    expect((await next)?.entries).toEqual([progress(1)]);
    // Nobody waits: nobody asks.
    await pass(10_000);
    expect(asked).toHaveLength(2);
  });

  it('are told soon of what this process did, however often it says so', async () => {
    const next = followers.next('a', TOLD, undefined);
    await pass(0);
    entries = [progress(1)];
    for (let i = 0; i < 100; i++) followers.nudge('a');
    followers.nudge('b');
    await pass(20);
    expect((await next)?.entries).toEqual([progress(1)]);
    expect(asked).toHaveLength(2);
  });

  it('of one run are answered together, each from where it is', async () => {
    entries = [progress(5)];
    const first = followers.next('a', { ...TOLD, seq: 5 }, undefined);
    const second = followers.next('a', { ...TOLD, seq: 2 }, undefined);
    await pass(0);
    expect(asked).toHaveLength(1);
    expect((await second)?.entries).toEqual([progress(5)]);
    entries = [progress(5), progress(6)];
    await pass(250);
    expect((await first)?.entries).toEqual([progress(6)]);
    expect(asked.every(({ follows }) => follows.length === 1)).toBe(true);
  });

  it('are asked for in statements of a hundred runs', async () => {
    const all = Array.from({ length: 250 }, (_, i) => followers.next(`run-${i}`, BEGINNING, undefined));
    await pass(0);
    expect(await Promise.all(all)).toHaveLength(250);
    expect(asked.map(({ follows }) => follows.length)).toEqual([100, 100, 50]);
  });

  it('go on when the database is back', async () => {
    const working = read;
    read = () => Promise.reject(new Error('away'));
    const next = followers.next('a', BEGINNING, undefined);
    await pass(1_000);
    read = working;
    await pass(1_000);
    expect((await next)?.runId).toBe('a');
  });

  it('are refused for an unknown run, and when the runner closes', async () => {
    read = async () => [];
    const unknown = expect(followers.next('a', TOLD, undefined)).rejects.toBeInstanceOf(RunNotFoundError);
    await pass(0);
    await unknown;
    read = async () => [{ runId: 'b', run: RUN, entries: [], isMore: false }];
    const waiting = expect(followers.next('b', TOLD, undefined)).rejects.toBeInstanceOf(RunnerClosedError);
    await pass(1_000);
    followers.close();
    await waiting;
    await expect(followers.next('b', TOLD, undefined)).rejects.toBeInstanceOf(RunnerClosedError);
  });

  it('leave when their signal is aborted', async () => {
    const controller = new AbortController();
    const next = followers.next('a', TOLD, controller.signal);
    await pass(0);
    controller.abort();
    expect(await next).toBeUndefined();
    expect(await followers.next('a', TOLD, controller.signal)).toBeUndefined();
  });
});
