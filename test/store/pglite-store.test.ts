import { DEFAULT_JOURNAL } from '../../src/store/journal-limits';
import type { DataSource } from 'typeorm';
import { NestedConnectionError } from '../../src/core/errors/store-errors';
import { systemClock } from '../../src/runner/system-clock';
import { connectPglite } from '../../src/store/typeorm/connections/pglite';
import { TypeormStore } from '../../src/store/typeorm/typeorm-store';
import { sceneOf } from './contract/fixtures';
import { describeStoreContract } from './contract/store-contract';

describe('TypeormStore on PGlite', () => {
  let store: TypeormStore;
  let dataSource: DataSource;

  // One start serves all cases of this file: it takes seconds.
  beforeAll(async () => {
    const options = {
      schema: 'typeflow',
      migrate: true,
      listen: true,
      notify: true,
      prepare: true,
      journal: DEFAULT_JOURNAL,
      clock: systemClock,
    };
    store = new TypeormStore(connectPglite(undefined, 'typeflow'), options);
    await store.open();
    dataSource = store.dataSource;
    await dataSource.query('CREATE TABLE entry (id integer PRIMARY KEY, text text)');
  }, 60_000);

  afterAll(async () => {
    await store.close();
  });

  describeStoreContract(() => ({ store, other: store }), { hasLeases: false });

  describe('its only connection', () => {
    beforeEach(async () => {
      await dataSource.query('TRUNCATE entry');
    });

    const count = async (): Promise<number> => {
      const [row] = await dataSource.query('SELECT count(*)::int AS n FROM entry');
      return row.n;
    };

    it('serves fifty concurrent transactions one after the other', async () => {
      let inside = 0;
      const overlaps: number[] = [];
      await Promise.all(
        Array.from({ length: 50 }, (_, id) =>
          dataSource.transaction(async (manager) => {
            overlaps.push((inside += 1));
            await manager.query('INSERT INTO entry VALUES ($1, $2)', [id, 'x']);
            await manager.query('SELECT count(*) FROM entry');
            inside -= 1;
          }),
        ),
      );
      expect(Math.max(...overlaps)).toBe(1);
      expect(await count()).toBe(50);
    });

    it('never lets a foreign statement into a transaction that rolls back', async () => {
      const outer = dataSource.transaction(async (manager) => {
        await manager.query(`INSERT INTO entry VALUES (1, 'inside')`);
        await manager.query('SELECT 1 / 0');
      });
      const foreign = dataSource.query(`INSERT INTO entry VALUES (2, 'foreign')`);
      await expect(outer).rejects.toThrow('division by zero');
      await foreign;
      expect(await dataSource.query('SELECT id FROM entry')).toEqual([{ id: 2 }]);
    });

    it('goes on after an error outside and inside a transaction', async () => {
      await expect(dataSource.query('SELECT $1::int / 0', [1])).rejects.toThrow('division by zero');
      await expect(dataSource.query('SELEC')).rejects.toThrow('syntax error');
      await dataSource.transaction(async (manager) => {
        await manager.query(`INSERT INTO entry VALUES (1, 'a')`);
        await expect(
          manager.transaction((inner) => inner.query(`INSERT INTO entry VALUES (1, 'again')`)),
        ).rejects.toThrow('duplicate key');
        await manager.query(`INSERT INTO entry VALUES (2, 'b')`);
      });
      expect(await count()).toBe(2);
    });

    it('leaves no open transaction behind when a client is thrown away', async () => {
      const runner = dataSource.createQueryRunner();
      await runner.query('BEGIN');
      await runner.query(`INSERT INTO entry VALUES (1, 'never committed')`);
      const client = await runner.connect();
      client.emit('error', new Error('broken on purpose'));
      expect(await count()).toBe(0);
    });

    it('tells code that holds it, and asks for another, instead of waiting for ever', async () => {
      const { newRun } = sceneOf({ store, other: store });
      const nested = dataSource.transaction(async () => dataSource.query('SELECT 1'));
      await expect(nested).rejects.toThrow(NestedConnectionError);
      const start = dataSource.transaction(async () => store.createRun(newRun()));
      await expect(start).rejects.toThrow(NestedConnectionError);
      const right = newRun();
      await dataSource.transaction(async (manager) => void (await store.createRun({ ...right, manager })));
      expect(await store.findRun({ runId: right.id })).toMatchObject({ status: 'PENDING' });
    });

    it('carries big values both ways', async () => {
      const text = 'é'.repeat(3_000_000);
      await dataSource.query('INSERT INTO entry VALUES (1, $1)', [text]);
      const [row] = await dataSource.query('SELECT text FROM entry');
      expect(row.text === text).toBe(true);
    });
  });
});
