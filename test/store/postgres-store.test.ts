import { systemClock } from '../../src/runner/system-clock';
import { createStore } from '../../src/store/open-store';
import type { Store } from '../../src/store/store';
import { createTestDatabase } from '../setup/database';
import type { TestDatabase } from '../setup/database';
import { describeStoreContract } from './contract/store-contract';

describe('TypeormStore on PostgreSQL', () => {
  let database: TestDatabase;
  let stores: readonly [Store, Store];

  beforeAll(async () => {
    database = await createTestDatabase();
    stores = [createStore(database.url, { clock: systemClock }), createStore(database.url, { clock: systemClock })];
    await Promise.all(stores.map((store) => store.open()));
  });

  afterAll(async () => {
    await Promise.all(stores.map((store) => store.close()));
    await database.drop();
  });

  describeStoreContract(() => ({ store: stores[0], other: stores[1] }), { hasLeases: true });
});
