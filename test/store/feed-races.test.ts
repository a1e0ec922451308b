import { systemClock } from '../../src/runner/system-clock';
import { createStore } from '../../src/store/open-store';
import type { KeptLine } from '../../src/store/run-feed';
import type { Store } from '../../src/store/store';
import { createTestDatabase } from '../setup/database';
import type { TestDatabase } from '../setup/database';
import { aNode, aRecord, sceneOf } from './contract/fixtures';
import type { Scene } from './contract/fixtures';

const WRITES = 300;

/** Runs that are followed by number while several processes write to them, on a real server. */
describe('races of those who follow a run with those who write to it', () => {
  let database: TestDatabase;
  let stores: readonly [Store, Store, Store];
  let scene: Scene;

  beforeAll(async () => {
    database = await createTestDatabase();
    const open = (): Store => createStore(database.url, { clock: systemClock });
    stores = [open(), open(), open()];
    for (const store of stores) await store.open();
    scene = sceneOf({ store: stores[0], other: stores[1] });
  });

  afterAll(async () => {
    await Promise.all(stores.map((store) => store.close()));
    await database.drop();
  });

  const line = (runId: string, message: string): KeptLine => ({
    runId,
    kind: 'line',
    node: 'pay',
    index: -1,
    attempt: 1,
    level: 'info',
    message,
    fields: '{}',
    ageMs: 0,
  });

  it(`of ${2 * WRITES} writes by two processes, whoever asks for what is above the last number misses none`, async () => {
    const [writer, talker, follower] = stores;
    const run = await scene.ownedRun(await scene.newWorker());
    let isOver = false;
    const seen: string[] = [];
    const follow = async (): Promise<void> => {
      let after = 0;
      for (let wasOver = false; !wasOver;) {
        wasOver = isOver;
        const [changes] = await follower.feed.read({ follows: [{ runId: run.runId, after }], limit: 10_000 });
        for (const entry of changes?.entries ?? []) {
          seen.push(entry.kind === 'line' ? entry.message : entry.node);
          after = entry.seq;
        }
      }
    };
    const following = follow();
    const record = async (n: number): Promise<unknown> =>
      writer.record(aRecord(run, { nodes: [aNode({ node: `node-${n}` })] }));
    const talk = async (n: number): Promise<void> =>
      talker.feed.keep({ lines: [line(run.runId, `line-${n}`)], limit: 10_000 });
    // Several sessions of each: what a session draws ahead is what would come late.
    const lanes = [0, 1, 2, 3].flatMap((lane) =>
      [record, talk].map(async (write) => {
        for (let n = lane; n < WRITES; n += 4) await write(n);
      }),
    );
    await Promise.all(lanes);
    isOver = true;
    await following;
    const written = Array.from({ length: WRITES }, (_, n) => [`node-${n}`, `line-${n}`]).flat();
    expect([...seen].sort()).toEqual(written.sort());
  });
});
