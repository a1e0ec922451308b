import path from 'node:path';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { maintain, wholeSchemaSql } from '../../../src/runner/maintenance/maintain';
import { TYPEFLOW_MIGRATIONS } from '../../../src/store/typeorm/migrations/index';
import { folderOf, removeFolder } from '../../fixtures/folder-of';
import { createTestDatabase } from '../../setup/database';
import type { TestDatabase } from '../../setup/database';

const NAMES = TYPEFLOW_MIGRATIONS.map((Migration) => new Migration().name);

/** What an action makes, and how many statements it had open at a time on one connection. */
async function mostAtOnce<Made>(action: () => Promise<Made>): Promise<{ readonly most: number; readonly made: Made }> {
  const query = Reflect.get(pg.Client.prototype, 'query') as (...args: unknown[]) => unknown;
  const open = new Map<unknown, number>();
  let most = 0;
  const spy = jest.spyOn(pg.Client.prototype, 'query').mockImplementation(function (this: unknown, ...args: unknown[]) {
    const count = (open.get(this) ?? 0) + 1;
    open.set(this, count);
    most = Math.max(most, count);
    const answer = query.apply(this, args);
    const isOver = (): void => void open.set(this, (open.get(this) ?? 0) - 1);
    void Promise.resolve(answer).then(isOver, isOver);
    return answer as never;
  });
  try {
    return { made: await action(), most };
  } finally {
    spy.mockRestore();
  }
}

describe('the maintenance of a database', () => {
  let database: TestDatabase;
  let dataSource: DataSource;

  beforeEach(async () => {
    database = await createTestDatabase();
    dataSource = await new DataSource({ type: 'postgres', url: database.url }).initialize();
  });

  afterEach(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  const migrate = (): Promise<void> => maintain({ database: database.url }, (one) => one.migrate());
  const drift = (on: string | DataSource = database.url): Promise<readonly string[]> =>
    maintain({ database: on }, (one) => one.drift());

  it('tells which migrations are pending, and runs them', async () => {
    const state = () => maintain({ database: database.url }, (one) => one.migrations());
    expect(await state()).toEqual({ schema: 'typeflow', applied: [], pending: NAMES, unknown: [] });
    expect(await dataSource.query(`SELECT to_regnamespace('typeflow') AS found`)).toEqual([{ found: null }]);
    await migrate();
    expect(await state()).toEqual({ schema: 'typeflow', applied: NAMES, pending: [], unknown: [] });
    await dataSource.query(`DELETE FROM typeflow.migration WHERE name = $1`, [NAMES.at(-1)]);
    await dataSource.query(
      `INSERT INTO typeflow.migration (timestamp, name) VALUES (9999999999999, 'Newer9999999999999')`,
    );
    expect(await state()).toMatchObject({ pending: NAMES.slice(-1), unknown: ['Newer9999999999999'] });
  });

  it('writes pending migrations as SQL that makes the same schema, and changes nothing by that', async () => {
    const pending = await maintain({ database: database.url, schema: 'flows' }, (one) => one.pendingSql());
    expect(pending.map(({ name }) => name)).toEqual(['the table of migrations', ...NAMES]);
    expect(pending).toEqual(await wholeSchemaSql('flows'));
    expect(await dataSource.query(`SELECT to_regnamespace('flows') AS found`)).toEqual([{ found: null }]);
    for (const { statements } of pending) for (const statement of statements) await dataSource.query(statement);
    await maintain({ database: database.url, schema: 'flows' }, async (one) => {
      expect(await one.migrations()).toMatchObject({ applied: NAMES, pending: [] });
      expect(await one.pendingSql()).toEqual([]);
      expect(await one.drift()).toEqual([]);
    });
  });

  it('writes only those that lack', async () => {
    await migrate();
    await dataSource.query(`DELETE FROM typeflow.migration WHERE name = $1`, [NAMES.at(-1)]);
    const pending = await maintain({ database: database.url }, (one) => one.pendingSql());
    expect(pending.map(({ name }) => name)).toEqual(NAMES.slice(-1));
  });

  it('finds what was changed by hand, with the SQL that mends it', async () => {
    await migrate();
    expect(await drift()).toEqual([]);
    await dataSource.query('ALTER TABLE typeflow.run DROP COLUMN tags');
    await dataSource.query('DROP INDEX typeflow.run_priority');
    const mending = await drift();
    expect(mending.some((sql) => /ALTER TABLE .*"run" ADD "tags"/.test(sql))).toBe(true);
    expect(mending.some((sql) => /CREATE INDEX "run_priority"/.test(sql))).toBe(true);
    for (const statement of mending) await dataSource.query(statement);
    expect(await drift()).toEqual([]);
  });

  it('does not mistake the tables of an application for its own', async () => {
    await migrate();
    await dataSource.query('CREATE TABLE customer (id integer)');
    expect(await drift(dataSource)).toEqual([]);
    expect(dataSource.isInitialized).toBe(true);
  });

  it('asks one thing at a time of a connection, which the next major version of pg demands', async () => {
    await migrate();
    expect(await mostAtOnce(drift)).toEqual({ most: 1, made: [] });
  });

  it('compares clocks', async () => {
    const { aheadMs, roundTripMs } = await maintain({ database: database.url }, (one) => one.clock());
    // One machine has one clock: what is left is the time that the answer took.
    expect(Math.abs(aheadMs)).toBeLessThanOrEqual(roundTripMs + 1);
  });

  it('works on PGlite', async () => {
    const folder = folderOf();
    try {
      await maintain({ database: `pglite:${path.join(folder, 'data')}` }, async (one) => {
        expect(one.kind).toBe('pglite');
        expect((await one.migrations()).pending).toEqual(NAMES);
        await one.migrate();
        expect(await mostAtOnce(() => one.drift())).toEqual({ most: 1, made: [] });
        expect((await one.clock()).roundTripMs).toBeGreaterThanOrEqual(0);
      });
    } finally {
      removeFolder(folder);
    }
  }, 60_000);

  it('is of databases that keep something', async () => {
    await expect(maintain({ database: 'memory:' }, async () => undefined)).rejects.toMatchObject({
      code: 'CONFIGURATION_INVALID',
    });
  });
});
