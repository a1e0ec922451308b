import 'reflect-metadata';
import { join } from 'node:path';
import { Client } from 'pg';
import { container as globalContainer } from 'tsyringe';
import { WorkflowRunner } from '../../src';
import { Child } from '../fixtures/child-process';
import { createTestDatabase } from '../setup/database';
import type { TestDatabase } from '../setup/database';
import { VISITS, slotsWorkflow } from './slots-process';

const RUNS = 60;
const CUSTOMERS = ['ann', 'bob', 'cem', 'dag'];

let database: TestDatabase;
let ledger: Client;
let client: WorkflowRunner;
let workers: Child[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  ledger = new Client({ connectionString: database.url });
  await ledger.connect();
  await ledger.query(VISITS);
  client = await WorkflowRunner.create({
    workflows: [slotsWorkflow(ledger)],
    database: database.url,
    worker: false,
    container: globalContainer.createChildContainer(),
  });
}, 60_000);

afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.kill()));
  await client?.close();
  await ledger?.end();
  await database?.drop();
});

/**
 * The most visits at one instant. A visit whose process died counts until the death was declared: by then it was gone for good, and
 * before that its slots may not have been given to others.
 */
const mostAtOnce = async (column: 'customer' | 'all'): Promise<number> => {
  const same = column === 'customer' ? 'AND b.customer = a.customer' : '';
  const { rows } = await ledger.query<{ most: number }>(
    `WITH v AS (
       SELECT id, customer, entered_at,
         coalesce(left_at, (SELECT declared_at FROM death WHERE death.pid = visit.pid), 'infinity') AS left_at FROM visit
     )
     SELECT coalesce(max(n), 0)::int AS most FROM (
       SELECT count(*) AS n FROM v a JOIN v b ON b.entered_at <= a.entered_at AND b.left_at > a.entered_at ${same} GROUP BY a.id
     ) AS counts`,
  );
  return rows[0]?.most ?? 0;
};

describe('limits of concurrency over three processes', () => {
  it('hold for tasks with keys and for a queue, also after one was killed with slots in its hands', async () => {
    await watchDeaths();
    workers = [1, 2, 3].map(() => new Child(join(__dirname, 'slots-process.ts'), { DATABASE: database.url }));
    await Promise.all(workers.map((worker) => worker.until((lines) => lines.includes('serving'))));
    const workflow = slotsWorkflow(ledger);
    const handles = await Promise.all(
      Array.from({ length: RUNS }, (_, n) =>
        client.start(workflow, 'main', { customer: CUSTOMERS[n % CUSTOMERS.length] as string, ms: 100 + (n % 7) * 10 }),
      ),
    );
    const victim = await untilOneIsInside();
    expect(await victim.kill()).toBe('SIGKILL');

    const outputs = await Promise.all(handles.map((handle) => handle.result({ timeout: '90s' })));
    expect(outputs).toEqual(handles.map((_, n) => CUSTOMERS[n % CUSTOMERS.length]));

    // It died inside: with a slot of a customer, and one of the queue.
    const dead = await ledger.query('SELECT 1 FROM visit WHERE left_at IS NULL AND pid = $1', [victim.process.pid]);
    expect(dead.rows.length).toBeGreaterThan(0);
    expect((await ledger.query('SELECT 1 FROM death')).rows).toHaveLength(1);
    expect([await mostAtOnce('customer'), await mostAtOnce('all')]).toEqual([2, 5]);
    const pids = await ledger.query<{ pid: number }>('SELECT DISTINCT pid FROM visit');
    expect(pids.rows.map(({ pid }) => pid).sort()).toEqual(workers.map(({ process: { pid } }) => pid).sort());

    // Nothing is left behind by those that close in order.
    const living = workers.filter((worker) => worker !== victim);
    for (const worker of living) worker.process.kill('SIGTERM');
    expect(await Promise.all(living.map((worker) => worker.ended))).toEqual([0, 0]);
    const left = await ledger.query<{ leases: object }>('SELECT leases FROM typeflow.slot_lease');
    const holders = left.rows.flatMap(({ leases }) => Object.keys(leases));
    const alive = await ledger.query('SELECT 1 FROM typeflow.worker WHERE NOT dead AND id = ANY ($1::uuid[])', [
      holders,
    ]);
    expect(alive.rows).toEqual([]);
  }, 150_000);

  /** A worker that has some runs and is in the middle of a visit. */
  async function untilOneIsInside(): Promise<Child> {
    for (;;) {
      const { rows } = await ledger.query<{ pid: number }>(
        `SELECT pid FROM visit GROUP BY pid HAVING count(*) FILTER (WHERE left_at IS NULL) > 0 AND count(*) > 2`,
      );
      const seen = (await ledger.query('SELECT DISTINCT pid FROM visit')).rows.length;
      const found = workers.find((worker) => worker.process.pid === rows[0]?.pid);
      if (found !== undefined && seen === workers.length) return found;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
});

/** Notes when a worker is declared dead, as part of the very statement that does it. Its label ends in the pid. */
async function watchDeaths(): Promise<void> {
  await ledger.query('CREATE TABLE death (pid int, declared_at timestamptz)');
  await ledger.query(`
    CREATE FUNCTION note_death() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF NEW.lease_until < clock_timestamp() THEN
        INSERT INTO public.death VALUES (split_part(NEW.label, ':', 2)::int, clock_timestamp());
      END IF;
      RETURN NEW;
    END $$`);
  await ledger.query(
    'CREATE TRIGGER death AFTER UPDATE OF dead ON typeflow.worker FOR EACH ROW WHEN (NEW.dead AND NOT OLD.dead) EXECUTE FUNCTION note_death()',
  );
}
