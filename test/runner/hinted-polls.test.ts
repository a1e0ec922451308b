import { HintedPolls } from '../../src/runner/hinted-polls';
import { VirtualClock } from '../fixtures/virtual-clock';

/** Polls as a worker makes them, each with the virtual instant at which it was made. */
function open(overrides: { readonly random?: () => number; readonly hasRoom?: () => boolean } = {}) {
  const clock = new VirtualClock(0);
  const polls: number[] = [];
  const hinted = new HintedPolls({
    clock,
    random: () => 1,
    queues: ['default', 'gpu'],
    workerId: () => 'me',
    hasRoom: () => true,
    poll: () => polls.push(clock.now()),
    ...overrides,
  });
  return { clock, polls, hinted };
}

const work = (...queues: string[]) => ({ kind: 'work', queues }) as const;

describe('a hint', () => {
  it('of work makes a poll when it is for one of the queues and a place is free', () => {
    let hasRoom = true;
    const { polls, hinted } = open({ hasRoom: () => hasRoom });
    hinted.hear(work('others'));
    expect(polls).toHaveLength(0);
    hinted.hear(work('others', 'gpu'));
    expect(polls).toHaveLength(1);
    hasRoom = false;
    hinted.hear(work('default'));
    expect(polls).toHaveLength(1);
  });

  it('for this worker’s runs, and one that names nothing, makes a poll at once, room or not', () => {
    const { polls, hinted } = open({ hasRoom: () => false });
    hinted.hear({ kind: 'attention', workerIds: ['you'] });
    expect(polls).toHaveLength(0);
    hinted.hear({ kind: 'attention', workerIds: ['you', 'me'] });
    hinted.hear({ kind: 'look' });
    expect(polls).toHaveLength(2);
  });

  it('is answered later by 1 ms with each poll that got nothing, at most 100 ms, and in half the time after one that did', async () => {
    const { clock, polls, hinted } = open();
    const delayAfter = async (claimed: number): Promise<number> => {
      hinted.polled(claimed);
      const heardAt = clock.now();
      hinted.hear(work('default'));
      await clock.advance(200);
      return (polls.at(-1) ?? NaN) - heardAt;
    };
    hinted.hear(work('default'));
    expect(await delayAfter(0)).toBe(1);
    expect(await delayAfter(0)).toBe(2);
    for (let miss = 0; miss < 10; miss++) await delayAfter(0);
    expect(await delayAfter(1)).toBe(6);
    expect(await delayAfter(3)).toBe(3);
    for (let miss = 0; miss < 200; miss++) await delayAfter(0);
    expect(await delayAfter(0)).toBe(100);
  });

  it('learns nothing from polls that no hint has asked for', async () => {
    const { polls, hinted } = open();
    hinted.polled(0);
    hinted.polled(0);
    hinted.hear(work('default'));
    expect(polls).toHaveLength(1);
  });

  it('is one poll with all that come while it waits for its turn, and none once it is closed', async () => {
    const { clock, polls, hinted } = open();
    hinted.hear(work('default'));
    for (let miss = 0; miss < 5; miss++) {
      hinted.polled(0);
      hinted.hear(work('default'));
      await clock.advance(100);
    }
    const before = polls.length;
    hinted.polled(0);
    for (let hint = 0; hint < 20; hint++) hinted.hear(work('default'));
    await clock.advance(100);
    expect(polls.length).toBe(before + 1);
    hinted.polled(0);
    hinted.hear(work('default'));
    hinted.close();
    await clock.advance(1_000);
    expect(polls.length).toBe(before + 1);
  });

  it('wakes one of many workers within a few ms, and by far not all of them at the same time', async () => {
    // A worker that is told of work after another one took it asks in vain; the first one of each round gets it.
    const random = linearCongruential(7);
    const workers = Array.from({ length: 20 }, () => open({ random }));
    const waits: number[] = [];
    for (let round = 0; round < 300; round++) {
      for (const { hinted } of workers) hinted.hear(work('default'));
      for (const { clock } of workers) await clock.advance(150);
      const at = workers.map(({ polls }) => polls.at(-1) ?? NaN);
      const first = Math.min(...at);
      waits.push(first - round * 150);
      workers.forEach(({ hinted }, i) => hinted.polled(at[i] === first ? 1 : 0));
    }
    const later = waits.slice(100).sort((a, b) => a - b);
    expect(later[Math.floor(later.length / 2)]).toBeLessThan(5);
  });
});

function linearCongruential(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}
