import { Client } from 'pg';
import { WorkflowRunner, defineWorkflow } from '../../src';
import { TransactionPooler } from '../fixtures/transaction-pooler';
import { createTestDatabase } from '../setup/database';
import { executionSuite } from './execution-suite';
import { lifecycleSuite } from './lifecycle-suite';

const openDatabase = async () => {
  const database = await createTestDatabase();
  const pooler = await TransactionPooler.before(database.url);
  return {
    database: pooler.url,
    options: { pooler: 'transaction' },
    drop: async () => {
      await pooler.close();
      await database.drop();
    },
  } as const;
};

// R34
executionSuite('PostgreSQL behind a transaction pooler', openDatabase);
lifecycleSuite('PostgreSQL behind a transaction pooler', openDatabase);

describe('a transaction pooler', () => {
  const withPooler = async (body: (pooler: TransactionPooler) => Promise<void>): Promise<void> => {
    const database = await createTestDatabase();
    const pooler = await TransactionPooler.before(database.url);
    await body(pooler).finally(() => pooler.close());
    await database.drop();
  };

  it('mixes up what belongs to a session, or these suites would prove nothing', async () => {
    await withPooler(async (pooler) => {
      const [one, two] = [1, 2].map(() => new Client({ connectionString: pooler.url })) as [Client, Client];
      await Promise.all([one.connect(), two.connect()]);
      const pidOf = async (client: Client): Promise<number> =>
        (await client.query('SELECT pg_backend_pid() AS pid')).rows[0].pid;
      expect(new Set([await pidOf(one), await pidOf(one), await pidOf(two)]).size).toBe(3);
      await one.query('BEGIN');
      expect(await pidOf(one)).toBe(await pidOf(one));
      await one.query('COMMIT');
      const named = { name: 'named', text: 'SELECT 1' };
      await one.query(named);
      await expect(one.query(named)).rejects.toMatchObject({ code: '26000' });
      await Promise.all([one.end(), two.end()]);
    });
  });

  it('is recognised by what it refuses: the error says which option helps', async () => {
    const nothing = defineWorkflow('nothing')
      .flow('main', () => 0)
      .build();
    await withPooler(async ({ url }) => {
      const created = WorkflowRunner.create({ workflows: [nothing], database: url, worker: false });
      await expect(created).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' });
      await expect(created).rejects.toThrow(/unsupported startup parameter.*pooler: 'transaction'/);
    });
  });
});
