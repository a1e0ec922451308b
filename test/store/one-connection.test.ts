import { randomUUID } from 'node:crypto';
import { DataSource } from 'typeorm';
import { systemClock } from '../../src/runner/system-clock';
import { createStore } from '../../src/store/open-store';
import type { TypeormStore } from '../../src/store/typeorm/typeorm-store';
import { createTestDatabase } from '../setup/database';
import { aNode, aRecord, finish, sceneOf } from './contract/fixtures';

/** R29: whoever holds a connection of the pool and waits for another one waits for himself, and for ever. */
describe.each([1, 4])('a pool of %d', (poolSize) => {
  it.each(['read committed', 'serializable'])(
    'is enough for every verb and many at once, starts in transactions among them, where the default is %s',
    async (level) => {
      const database = await createTestDatabase();
      const own = await new DataSource({
        type: 'postgres',
        url: database.url,
        poolSize,
        extra: { options: `-c default_transaction_isolation=${level.replace(' ', '\\ ')}` },
      }).initialize();
      const store = createStore(own, { clock: systemClock }) as TypeormStore;
      await store.open();
      const stop = store.subscribe(() => undefined);
      const { newRun, newWorker, ownedRun, poll } = sceneOf({ store, other: store });
      const workerId = await newWorker();
      const life = async (): Promise<void> => {
        await own.transaction(async (manager) => {
          await manager.query('SELECT pg_sleep(0.01)');
          await store.createRun({ ...newRun(), manager });
          await store.createRun({ ...newRun(), manager });
        });
        const run = await ownedRun(workerId);
        await store.record(aRecord(run, { nodes: [aNode()], run: finish('FAILED') }));
        await store.retryRun({ runId: run.runId, reset: [] });
        await poll(await newWorker(), { limit: 1 });
        await store.requestCancel({ runId: run.runId });
        await Promise.all([store.findRun({ runId: run.runId }), store.findFinal({ runIds: [randomUUID()] })]);
        await store.listRuns({ limit: 3 });
      };
      await Promise.all(Array.from({ length: 12 }, life));
      await store.deregisterWorker({ workerId });
      stop();
      await store.close();
      await own.destroy();
      await database.drop();
    },
    30_000,
  );
});
