import { DataSource } from 'typeorm';
import { systemClock } from '../../src/runner/system-clock';
import { createStore } from '../../src/store/open-store';
import type { Store } from '../../src/store/store';
import { deleteRunsSql, TABLES_OF_A_RUN } from '../../src/store/typeorm/sql/delete-runs';
import { createTestDatabase } from '../setup/database';
import type { TestDatabase } from '../setup/database';
import { aNode, aRecord, finish, sceneOf } from './contract/fixtures';

interface Plan {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Actual Rows'?: number;
  readonly 'Actual Loops'?: number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly Plan[];
}

const DAY_MS = 86_400_000;

/** What a cleanup reads, and what it does beside others, on a real server. */
describe('a cleanup on PostgreSQL', () => {
  let database: TestDatabase;
  let store: Store;
  let rival: DataSource;

  beforeAll(async () => {
    database = await createTestDatabase();
    store = createStore(database.url, { clock: systemClock });
    await store.open();
    rival = await new DataSource({ type: 'postgres', url: database.url }).initialize();
  });

  afterAll(async () => {
    await rival.destroy();
    await store.close();
    await database.drop();
  });

  afterEach(async () => {
    await rival.query('TRUNCATE typeflow.run, typeflow.node');
  });

  /** Runs of one status that were created, and ended, this many days ago; each has three nodes. */
  const fill = async (count: number, days: number, status = 'COMPLETED'): Promise<void> => {
    await rival.query(
      `WITH made AS (
         INSERT INTO typeflow.run (id, workflow, flow, fingerprint, status, queue, priority, input, input_hash, seq, created_at, finished_at)
         SELECT gen_random_uuid(), 'w', 'main', 'f', $3, 'q', 0, '{"n": 1}', 'h', n,
                now() - $2 * interval '1 day' + n * interval '1 millisecond', now() - $2 * interval '1 day' + n * interval '1 millisecond'
         FROM generate_series(1, $1::int) AS n RETURNING id)
       INSERT INTO typeflow.node (run_id, node, idx, kind, shape, status, generation, epoch, attempt, seq)
       SELECT id, 'task' || n, -1, 'task', 's', 'COMPLETED', 1, 1, 1, n FROM made, generate_series(1, 3) AS n`,
      [count, days, status],
    );
    await rival.query('ANALYZE typeflow.run, typeflow.node');
  };

  const count = async (table: 'run' | 'node'): Promise<number> => {
    const [row] = await rival.query(`SELECT count(*)::int AS n FROM typeflow.${table}`);
    return row.n;
  };

  it.each(['force_custom_plan', 'force_generic_plan'])(
    'reads old runs only, by index, however many younger ones there are (%s)',
    async (mode) => {
      await fill(200, 40);
      await fill(30_000, 2);
      const plan = await explain(mode);
      const scans = scansOf(plan);
      expect(scans.map((one) => one['Node Type'])).not.toContain('Seq Scan');
      expect(scans.map((one) => one['Index Name'])).toContain('run_created');
      // 200 old runs and their 600 nodes; 30,000 younger ones must not show up.
      expect(Math.max(...scans.map(rowsRead))).toBeLessThanOrEqual(600);
      expect([await count('run'), await count('node')]).toEqual([30_000, 90_000]);
    },
  );

  it('has every table whose rows belong to a run', async () => {
    const rows: { name: string }[] = await rival.query(
      `SELECT table_name AS name FROM information_schema.columns WHERE table_schema = 'typeflow' AND column_name = 'run_id' ORDER BY 1`,
    );
    expect(rows.map(({ name }) => name)).toEqual([...TABLES_OF_A_RUN].sort());
  });

  it('passes over a run that is just being retried, and does not wait for it', async () => {
    const { newWorker, ownedRun } = sceneOf({ store, other: store });
    const workerId = await newWorker();
    const [taken, free] = [await ownedRun(workerId), await ownedRun(workerId)];
    for (const run of [taken, free]) await store.record(aRecord(run, { nodes: [aNode()], run: finish('FAILED') }));
    await rival.transaction(async (manager) => {
      await manager.query('SELECT 1 FROM typeflow.run WHERE id = $1 FOR UPDATE', [taken.runId]);
      expect(await store.deleteRuns({ ages: { FAILED: 0 }, limit: 10 })).toEqual({ deleted: 1 });
    });
    expect(await store.findRun({ runId: taken.runId })).toMatchObject({ status: 'FAILED', nodes: [{ node: 'pay' }] });
    expect(await store.findRun({ runId: free.runId })).toBeUndefined();
  });

  it('of 200 retries against cleanups, every run is either kept whole or gone whole', async () => {
    const { newWorker, ownedRun } = sceneOf({ store, other: store });
    const workerId = await newWorker();
    const outcomes = new Map<string, number>();
    for (let round = 0; round < 200; round += 1) {
      const run = await ownedRun(workerId);
      await store.record(aRecord(run, { nodes: [aNode()], run: finish('FAILED') }));
      const [retried, { deleted }] = await Promise.all([
        store.retryRun({ runId: run.runId, reset: [] }),
        store.deleteRuns({ ages: { FAILED: 0 }, limit: 10 }),
      ]);
      expect(deleted).toBe(retried.kind === 'retried' ? 0 : 1);
      expect(await store.findRun({ runId: run.runId })).toEqual(
        deleted === 1 ? undefined : expect.objectContaining({ status: 'PENDING', nodes: [expect.anything()] }),
      );
      outcomes.set(retried.kind, (outcomes.get(retried.kind) ?? 0) + 1);
    }
    // Both must have happened, or nothing raced.
    expect([...outcomes.keys()].sort()).toEqual(['retried', 'unknown']);
    expect(await count('node')).toBe(outcomes.get('retried'));
  });

  it('is given to one of twenty workers that ask at the same moment', async () => {
    const { newWorker } = sceneOf({ store, other: store });
    const workers = await Promise.all(Array.from({ length: 20 }, () => newWorker()));
    for (let round = 0; round < 20; round += 1) {
      await rival.query('UPDATE typeflow.worker SET cleaned_at = NULL');
      const turns = await Promise.all(workers.map((workerId) => store.beginCleanup({ workerId, everyMs: DAY_MS })));
      expect(turns.filter(({ isMine }) => isMine)).toHaveLength(1);
    }
  });

  async function explain(mode: string): Promise<Plan> {
    const runner = rival.createQueryRunner();
    try {
      await runner.query(`SET plan_cache_mode = ${mode}`);
      await runner.query(
        `PREPARE cleanup (double precision, double precision, double precision, double precision, uuid, integer) AS ${deleteRunsSql('"typeflow"')}`,
      );
      const [row] = await runner.query(
        `EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE cleanup (${30 * DAY_MS}, NULL, ${60 * DAY_MS}, NULL, '00000000-0000-0000-0000-000000000000', 500)`,
      );
      return row['QUERY PLAN'][0].Plan as Plan;
    } finally {
      await runner.query('DEALLOCATE ALL');
      await runner.query('RESET plan_cache_mode');
      await runner.release();
    }
  }
});

/** Where the plan reads runs and nodes, or their indexes. */
function scansOf(plan: Plan): readonly Plan[] {
  return nodesOf(plan).filter(
    (one) => one['Node Type'].endsWith('Scan') && ['run', 'node'].includes(one['Relation Name'] ?? ''),
  );
}

function rowsRead(scan: Plan): number {
  return (scan['Actual Rows'] ?? 0) * (scan['Actual Loops'] ?? 1) + (scan['Rows Removed by Filter'] ?? 0);
}

function nodesOf(plan: Plan): readonly Plan[] {
  return [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];
}
