import 'reflect-metadata';
import { Pool } from 'pg';
import type { QueryResultRow } from 'pg';
import { container } from 'tsyringe';
import { WorkflowRunner } from '../../../src';
import { expectedOutput, faultWorkflow, FAULT_NODES, FAULT_WIDTH } from '../fault-workflow';
import { aloneWorkflow, blockingWorkflow, carelessWorkflow, gatedWorkflow } from '../scenario-workflow';
import { CREATE_EFFECT, transactionalWorkflow } from '../transactional-workflow';
import type { Change } from './audit';
import { CREATE_AUDIT } from './audit';
import { CHANGES, LEDGER_LINES, RUNS } from './evidence-queries';
import { CREATE_LEDGER, isDatabaseAway } from './ledger';
import type { LedgerLine } from './ledger';
import type { Evidence, RunRow } from './oracle';

/** The database of one campaign: the engine's tables under audit, the ledger, and a client that starts runs. */
export class CampaignDatabase {
  readonly url: string;
  readonly client: WorkflowRunner;
  readonly workflows: Workflows;
  /** The runs that were acknowledged, with the output that each must have. */
  readonly started = new Map<string, unknown>();
  readonly #pool: Pool;
  #inputs = 0;

  private constructor(url: string, pool: Pool, client: WorkflowRunner, workflows: Workflows) {
    this.url = url;
    this.#pool = pool;
    this.client = client;
    this.workflows = workflows;
  }

  /** @param by how the client reaches the database, if not directly */
  static async open(url: string, by = url): Promise<CampaignDatabase> {
    const pool = new Pool({ connectionString: url, max: 6, application_name: 'campaign' });
    pool.on('error', () => undefined); // a connection went away while it was idle: the next query takes another
    const workflows = {
      faults: faultWorkflow(),
      gated: gatedWorkflow(),
      blocking: blockingWorkflow(),
      careless: carelessWorkflow(),
      alone: aloneWorkflow(),
      transactional: transactionalWorkflow(),
    };
    const client = await WorkflowRunner.create({
      workflows: Object.values(workflows),
      database: by,
      worker: false,
      container: container.createChildContainer(),
    });
    await pool.query(CREATE_LEDGER);
    await pool.query(CREATE_EFFECT);
    await pool.query(CREATE_AUDIT);
    return new CampaignDatabase(url, pool, client, workflows);
  }

  /** Asks until the database answers: the campaign itself bears the faults that it makes. */
  async query<Row extends QueryResultRow>(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    for (;;) {
      try {
        return (await this.#pool.query<Row>(sql, [...values])).rows;
      } catch (error) {
        if (!isDatabaseAway(error)) throw error;
        await pause(50);
      }
    }
  }

  /** The one value of a query. */
  async value<T>(sql: string, values: readonly unknown[] = []): Promise<T> {
    const [row] = await this.query<{ value: T }>(sql, values);
    if (row === undefined) throw new Error(`no row: ${sql}`);
    return row.value;
  }

  /** Starts runs of the campaigns' workflow, each with an input of its own. */
  async start(count: number): Promise<void> {
    const inputs = Array.from({ length: count }, () => this.#inputs++);
    await Promise.all(
      inputs.map(async (input) => {
        const { id } = await this.client.start(this.workflows.faults, 'main', input);
        this.started.set(id, expectedOutput(input));
      }),
    );
  }

  openRuns(): Promise<number> {
    return this.value(
      `SELECT count(*)::int AS value FROM typeflow.run WHERE status IN ('PENDING', 'RUNNING', 'WAITING')`,
    );
  }

  /** Ids of the workers that a process has been, the newest last; those that live, or all. */
  async workersOf(pid: number, which: 'alive' | 'all' = 'all'): Promise<string[]> {
    const rows = await this.query<{ id: string }>(
      `SELECT id FROM typeflow.worker WHERE label LIKE '%:' || $1::int AND ($2 OR NOT dead) ORDER BY registered_at`,
      [pid, which === 'all'],
    );
    return rows.map(({ id }) => id);
  }

  /** Everything that the oracle looks at. */
  async evidence(nodesOfRun = FAULT_NODES, width = FAULT_WIDTH): Promise<Evidence> {
    const ledger = await this.query<LedgerLine & QueryResultRow>(LEDGER_LINES);
    const changes = await this.query<Change & QueryResultRow>(CHANGES);
    const runs = await this.query<RunRow & QueryResultRow>(RUNS);
    return { started: this.started, runs, changes, ledger, nodesOfRun, flow: 'main', width };
  }

  async close(): Promise<void> {
    await this.client.close();
    await this.#pool.end();
  }
}

interface Workflows {
  readonly faults: ReturnType<typeof faultWorkflow>;
  readonly gated: ReturnType<typeof gatedWorkflow>;
  readonly blocking: ReturnType<typeof blockingWorkflow>;
  readonly careless: ReturnType<typeof carelessWorkflow>;
  readonly alone: ReturnType<typeof aloneWorkflow>;
  readonly transactional: ReturnType<typeof transactionalWorkflow>;
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Asks again and again until the answer is yes. */
export async function until(what: string, isTrue: () => Promise<boolean> | boolean, timeoutMs = 60_000): Promise<void> {
  const givesUpAt = performance.now() + timeoutMs;
  while (!(await isTrue())) {
    if (performance.now() > givesUpAt) throw new Error(`waited for ${timeoutMs} ms in vain: ${what}`);
    await pause(10);
  }
}
