import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { DataSource } from 'typeorm';
import { ConfigurationError } from '../../src/core/errors/definition-error';
import { DatabaseUnreachableError } from '../../src/core/errors/store-errors';
import { systemClock } from '../../src/runner/system-clock';
import { loadingPglite } from '../../src/store/typeorm/connections/loading-pglite';
import { createStore } from '../../src/store/open-store';
import type { TypeormStore } from '../../src/store/typeorm/typeorm-store';
import { createTestDatabase } from '../setup/database';
import type { TestDatabase } from '../setup/database';
import { aNode, aRecord, finish, sceneOf } from './contract/fixtures';

const SECRET = 's3cr3t-canary';

describe('createStore', () => {
  it.each(['', 'memory', 'mysql://u:p@h/d', `nonsense:${SECRET}`, 'PGLITE:', 42, null, undefined])(
    'refuses %j and names the forms',
    (database) => {
      const create = (): unknown => createStore(database as string, { clock: systemClock });
      expect(create).toThrow(ConfigurationError);
      expect(create).toThrow(/'memory:', 'pglite:', 'pglite:<folder>', 'postgres:/);
      expect(create).not.toThrow(SECRET);
    },
  );

  it('refuses a DataSource of another type', () => {
    const dataSource = { options: { type: 'sqlite' } } as unknown as DataSource;
    expect(() => createStore(dataSource, { clock: systemClock })).toThrow(/of type "postgres"/);
  });

  it('refuses a URL that cannot be parsed, without repeating it', () => {
    const create = (): unknown => createStore(`postgres://u:${SECRET}@[bad`, { clock: systemClock });
    expect(create).toThrow(ConfigurationError);
    expect(create).not.toThrow(SECRET);
  });
});

describe('the embedded database', () => {
  it('says within jest which flag it needs, in place of the words of Node', async () => {
    const refused = Object.assign(new TypeError('A dynamic import callback was invoked'), {
      code: 'ERR_VM_DYNAMIC_IMPORT_CALLBACK_MISSING_FLAG',
    });
    await expect(loadingPglite(() => Promise.reject(refused))).rejects.toMatchObject({
      code: 'CONFIGURATION_INVALID',
      message: expect.stringContaining('NODE_OPTIONS=--experimental-vm-modules'),
      cause: refused,
    });
    await expect(loadingPglite(() => Promise.reject(new Error('not installed')))).rejects.toThrow('not installed');
  });
});

describe('a database that cannot be reached', () => {
  const failure = async (url: string): Promise<Error> => {
    const store = createStore(url, { clock: systemClock });
    return store.open().then(
      () => new Error('opened'),
      (error: Error) => error,
    );
  };

  it.each(['postgres', 'postgresql'])('is a coded error without the password (%s://)', async (scheme) => {
    const error = await failure(`${scheme}://user:${SECRET}@127.0.0.1:1/app`);
    expect(error).toBeInstanceOf(DatabaseUnreachableError);
    expect(error.message).toContain('127.0.0.1:1/app');
    expect(`${error.message} ${error.stack} ${JSON.stringify(error)}`).not.toContain(SECRET);
  });

  it('that accepts connections and never answers is given up within ten seconds', async () => {
    const server: Server = createServer(() => undefined).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const error = await failure(`postgres://user:${SECRET}@127.0.0.1:${port}/app`);
    expect(error).toBeInstanceOf(DatabaseUnreachableError);
    server.close();
  }, 10_000);
});

describe('connections to PostgreSQL', () => {
  let database: TestDatabase;
  let admin: DataSource;

  beforeAll(async () => {
    database = await createTestDatabase();
    admin = await new DataSource({ type: 'postgres', url: database.url }).initialize();
  });

  afterAll(async () => {
    await admin.destroy();
    await database.drop();
  });

  const withStore = async (
    source: string | DataSource,
    body: (store: TypeormStore) => Promise<void>,
  ): Promise<void> => {
    const store = createStore(source, { clock: systemClock }) as TypeormStore;
    await store.open();
    try {
      await body(store);
    } finally {
      await store.close();
    }
  };

  it('are guarded, named and READ COMMITTED whatever the default is', async () => {
    await admin.query(`ALTER DATABASE ${await nameOf(admin)} SET default_transaction_isolation = 'serializable'`);
    await withStore(database.url, async ({ dataSource }) => {
      const show = async (name: string): Promise<string> =>
        (await dataSource.query('SELECT current_setting($1) AS v', [name]))[0].v;
      expect(await show('transaction_isolation')).toBe('read committed');
      expect(await show('application_name')).toBe('typeflow');
      expect(await show('statement_timeout')).toBe('30s');
      expect(await show('lock_timeout')).toBe('10s');
      expect(await show('idle_in_transaction_session_timeout')).toBe('30s');
    });
  });

  it('of the user are used at READ COMMITTED too, and closed only by who opened them', async () => {
    await admin.query(`ALTER DATABASE ${await nameOf(admin)} SET default_transaction_isolation = 'serializable'`);
    const own = new DataSource({ type: 'postgres', url: database.url, entities: [] });
    await own.initialize();
    await withStore(own, async (store) => {
      const { newWorker, ownedRun, status } = sceneOf({ store, other: store });
      const workerId = await newWorker();
      const runs = await Promise.all(Array.from({ length: 20 }, () => ownedRun(workerId)));
      await Promise.all(runs.map((run) => store.record(aRecord(run, { nodes: [aNode()], run: finish() }))));
      for (const run of runs) expect(await status(run.runId)).toBe('COMPLETED');
    });
    expect(own.isInitialized).toBe(true);
    await own.destroy();
    await withStore(own, async () => expect(own.isInitialized).toBe(true));
    expect(own.isInitialized).toBe(false);
  });

  it('start a run inside the caller’s transaction, which may roll back', async () => {
    await withStore(database.url, async (store) => {
      const { newRun, newWorker } = sceneOf({ store, other: store });
      const [kept, dropped] = [newRun(), newRun()];
      const claim = { workerId: await newWorker() };
      await store.dataSource.transaction(async (manager) => {
        expect(await store.createRun({ ...kept, manager, claim })).toMatchObject({ kind: 'created', owned: false });
        expect(await store.findRun({ runId: kept.id })).toBeUndefined();
      });
      const rolledBack = store.dataSource.transaction(async (manager) => {
        await store.createRun({ ...dropped, manager });
        throw new Error('changed my mind');
      });
      await expect(rolledBack).rejects.toThrow('changed my mind');
      expect(await store.findRun({ runId: kept.id })).toMatchObject({ status: 'PENDING' });
      expect(await store.findRun({ runId: dropped.id })).toBeUndefined();
    });
  });

  it('that are terminated cost no record', async () => {
    await withStore(database.url, async (store) => {
      const { newWorker, ownedRun, status } = sceneOf({ store, other: store });
      const workerId = await newWorker();
      const runs = await Promise.all(Array.from({ length: 10 }, () => ownedRun(workerId)));
      const terminate = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'typeflow' AND wait_event_type = 'Lock'`;
      let terminated = 0;
      let records: Promise<unknown> = Promise.resolve();
      // The records wait for a lock, and their connection is cut while they do.
      await admin.transaction(async (manager) => {
        await manager.query('SELECT 1 FROM typeflow.run WHERE id = $1 FOR UPDATE', [runs[5]?.runId]);
        records = Promise.all(runs.map((run) => store.record(aRecord(run, { nodes: [aNode()], run: finish() }))));
        while (terminated === 0) terminated = (await manager.query(terminate)).length;
      });
      expect(await records).toEqual(runs.map(() => expect.objectContaining({ kind: 'recorded', applied: true })));
      for (const run of runs) expect(await status(run.runId)).toBe('COMPLETED');
    });
  });

  async function nameOf(dataSource: DataSource): Promise<string> {
    const [row] = await dataSource.query('SELECT quote_ident(current_database()) AS name');
    return row.name;
  }
});
