import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createTestDatabase } from '../../setup/database';
import type { TestDatabase } from '../../setup/database';
import type { Guard } from '../workers/sabotage';
import type { WorkerSetup } from '../workers/worker-process';
import { CampaignDatabase, until } from './campaign-database';
import { FaultWorker } from './fault-worker';
import type { LedgerLine } from './ledger';
import { Proxy } from './proxy';

/** A few workers and a run or two, each step of which the test decides. */
export class Scenario {
  readonly database: CampaignDatabase;
  readonly #test: TestDatabase;
  readonly #gates = mkdtempSync(path.join(tmpdir(), 'typeflow-gates-'));
  readonly #workers: FaultWorker[] = [];

  private constructor(test: TestDatabase, database: CampaignDatabase) {
    this.#test = test;
    this.database = database;
  }

  static async open(): Promise<Scenario> {
    const test = await createTestDatabase();
    return new Scenario(test, await CampaignDatabase.open(test.url));
  }

  /** A worker that serves. Its lease is short, so that a takeover comes soon. */
  async worker(
    options: Partial<WorkerSetup['worker']> = {},
    { isProxied = false, sabotage }: { readonly isProxied?: boolean; readonly sabotage?: Guard | undefined } = {},
  ): Promise<FaultWorker> {
    const { url } = this.#test;
    const worker = new FaultWorker(
      {
        database: url,
        ledger: url,
        gates: this.#gates,
        // Nothing is reported as RUNNING by the clock: what is written when is the test's choice.
        worker: { lease: 2_000, poll: 100, reportAfter: 60_000, maxCrashes: 1_000, ...options },
        sabotage,
      },
      isProxied ? await Proxy.to(url) : undefined,
    );
    this.#workers.push(worker);
    await worker.serving();
    return worker;
  }

  /** Lets a worker pass the gate of this task. */
  open(task: string, worker: FaultWorker): void {
    writeFileSync(path.join(this.#gates, `${task}.${worker.pid}`), '');
  }

  /** The calls so far, of one worker or of all. */
  async calls(by?: FaultWorker): Promise<readonly LedgerLine[]> {
    const { ledger } = await this.database.evidence();
    return by === undefined ? ledger : ledger.filter(({ pid }) => pid === by.pid);
  }

  /** Resolves when this worker has called this task. */
  async called(task: string, by: FaultWorker): Promise<LedgerLine> {
    let found: LedgerLine | undefined;
    await until(`${by.pid} calls ${task}\n${by.lines.join('\n')}`, async () => {
      found = (await this.calls(by)).find((line) => line.task === task);
      return found !== undefined;
    });
    return found as LedgerLine;
  }

  /** Resolves when a worker has been declared dead. */
  async declaredDead(worker: FaultWorker): Promise<void> {
    await until(`${worker.pid} is declared dead`, async () => {
      return (await this.database.workersOf(worker.pid, 'alive')).length === 0;
    });
  }

  /** Kills a worker, and ends its lease there and then, however long it was to be. */
  async kill(worker: FaultWorker): Promise<void> {
    const how = await worker.kill();
    if (how !== 'SIGKILL') throw new Error(`${worker.pid} had ended before it was killed: ${String(how)}`);
    await this.database.query(`UPDATE typeflow.worker SET lease_until = now() WHERE label LIKE '%:' || $1::int`, [
      worker.pid,
    ]);
  }

  async allOver(): Promise<void> {
    await until('every run is over', async () => (await this.database.openRuns()) === 0);
  }

  /** The epoch of the only run. */
  epoch(): Promise<number> {
    return this.database.value('SELECT epoch AS value FROM typeflow.run');
  }

  async close(): Promise<void> {
    for (const worker of this.#workers) if (worker.isAlive) await worker.kill();
    for (const { proxy } of this.#workers) await proxy?.close().catch(() => undefined);
    await this.database.close();
    await this.#test.drop();
    rmSync(this.#gates, { recursive: true, force: true });
  }
}
