import { DataSource } from 'typeorm';
import { systemClock } from '../../src/runner/system-clock';
import { createStore } from '../../src/store/open-store';
import type { Store } from '../../src/store/store';
import { listQueuesSql } from '../../src/store/typeorm/sql/queues';
import { createTestDatabase } from '../setup/database';
import type { TestDatabase } from '../setup/database';

interface Plan {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly Plans?: readonly Plan[];
}

describe('counting queues on PostgreSQL', () => {
  let database: TestDatabase;
  let store: Store;
  let dataSource: DataSource;

  beforeAll(async () => {
    database = await createTestDatabase();
    store = createStore(database.url, { clock: systemClock });
    await store.open();
    dataSource = await new DataSource({ type: 'postgres', url: database.url }).initialize();
    await dataSource.query(
      `INSERT INTO typeflow.run (id, workflow, flow, fingerprint, status, queue, priority, input, input_hash, seq, created_at, finished_at, wake_at, owner)
       SELECT gen_random_uuid(), 'w', 'main', 'f', status, 'q', 0, '1', 'h', n, now(), CASE status WHEN 'COMPLETED' THEN now() END,
              CASE status WHEN 'PENDING' THEN now() END, CASE status WHEN 'RUNNING' THEN gen_random_uuid() END
       FROM generate_series(1, 20000) AS n
       CROSS JOIN LATERAL (SELECT CASE n % 500 WHEN 0 THEN 'PENDING' WHEN 1 THEN 'RUNNING' ELSE 'COMPLETED' END AS status) AS s`,
    );
    await dataSource.query('ANALYZE typeflow.run');
  });

  afterAll(async () => {
    await dataSource.destroy();
    await store.close();
    await database.drop();
  });

  it('does not read what is over', async () => {
    const [row] = await dataSource.query(`EXPLAIN (FORMAT JSON) ${listQueuesSql('typeflow')}`);
    const scans = flatten(row['QUERY PLAN'][0].Plan).filter(
      (node) => node['Relation Name'] === 'run' || node['Index Name'],
    );
    expect(scans.map((node) => node['Node Type'])).not.toContain('Seq Scan');
    expect(scans.map((node) => node['Index Name']).join(' ')).toMatch(/run_owner/);
    expect(await store.queues.list()).toEqual([
      { queue: 'q', due: 40, oldestDueAt: expect.any(Number), later: 0, running: 40, held: 0 },
    ]);
  });
});

function flatten(plan: Plan): readonly Plan[] {
  return [plan, ...(plan.Plans ?? []).flatMap(flatten)];
}
