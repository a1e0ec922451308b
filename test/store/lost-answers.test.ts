import { systemClock } from '../../src/runner/system-clock';
import type { RunChange } from '../../src/store/record';
import { createStore } from '../../src/store/open-store';
import type { Query } from '../../src/store/typeorm/query';
import { buildStatements } from '../../src/store/typeorm/sql/statements';
import type { TypeormStore } from '../../src/store/typeorm/typeorm-store';
import { writeRecords } from '../../src/store/typeorm/write-records';
import { writeRuns } from '../../src/store/typeorm/write-runs';
import { createTestDatabase } from '../setup/database';
import type { TestDatabase } from '../setup/database';
import { aNode, aRecord, finish, sceneOf } from './contract/fixtures';
import type { Scene } from './contract/fixtures';

/** The commit is done and its answer lost: what was sent is sent again. */
describe('a statement whose answer was lost', () => {
  const sql = buildStatements('typeflow');
  let database: TestDatabase;
  let store: TypeormStore;
  let scene: Scene;
  const query: Query = (text, values) => store.dataSource.query(text, [...values]);

  beforeAll(async () => {
    database = await createTestDatabase();
    store = createStore(database.url, { clock: systemClock }) as TypeormStore;
    await store.open();
    scene = sceneOf({ store, other: store });
  });

  afterAll(async () => {
    await store.close();
    await database.drop();
  });

  const changes: Readonly<Record<string, RunChange | undefined>> = {
    'no change': undefined,
    'a finish': finish('FAILED'),
    'a park': { kind: 'park', wakeDelayMs: 60_000 },
    'a release': { kind: 'release' },
    'a refusal': { kind: 'release', refusedBy: 'f9' },
  };

  it.each(Object.entries(changes))(
    'with nodes and %s is answered the same the second time, and changes nothing',
    async (_, run) => {
      const owned = await scene.ownedRun(await scene.newWorker());
      const params = aRecord(owned, { nodes: [aNode()], run });
      const [answer] = await writeRecords(query, sql, [params], false);
      const before = await store.findRun({ runId: owned.runId });
      expect(answer).toMatchObject({ kind: 'recorded', applied: true });
      expect(await writeRecords(query, sql, [params], true)).toEqual([answer]);
      expect(await store.findRun({ runId: owned.runId })).toEqual(before);
    },
  );

  it('is lost all the same when another worker took the run over', async () => {
    const { newWorker, ownedRun, poll } = scene;
    const owned = await ownedRun(await newWorker());
    const params = aRecord(owned, { run: { kind: 'release' } });
    await writeRecords(query, sql, [params], false);
    await poll(await newWorker());
    expect(await writeRecords(query, sql, [params], true)).toEqual([{ kind: 'lost' }]);
  });

  it('creates a run once, and says again that it was created', async () => {
    const params = scene.newRun({ claim: { workerId: await scene.newWorker() }, idempotencyKey: 'once' });
    const created = await writeRuns(query, sql, [params], false);
    expect(created).toMatchObject([{ kind: 'created', owned: true }]);
    expect(await writeRuns(query, sql, [params], true)).toEqual(created);
    expect(await writeRuns(query, sql, [params], false)).toMatchObject([{ kind: 'exists' }]);
  });
});
