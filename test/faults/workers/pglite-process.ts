import 'reflect-metadata';
import { appendFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowRunner } from '../../../src';
import type { RunHandle } from '../../../src';
import { TypeormStore } from '../../../src/store/typeorm/typeorm-store';
import { faultWorkflow } from '../fault-workflow';
import { CREATE_AUDIT } from '../harness/audit';
import { CHANGES, RUNS } from '../harness/evidence-queries';
import type { LedgerLine } from '../harness/ledger';
import { seededRandom } from '../harness/seeded-random';
import { Claims } from './claims';

/** What the environment variable FAULTS holds, as JSON. */
export interface PgliteSetup {
  readonly folder: string;
  /** A file of lines, which outlives the process. */
  readonly ledger: string;
  readonly seed: number;
  /** Where the evidence goes, when the process shall start nothing more and let everything end. */
  readonly evidence?: string;
  /** The input of the first run it starts. */
  readonly firstInput: number;
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);

let query: (sql: string) => Promise<unknown[]> = () => Promise.reject(new Error('the store is not open'));

/** The runner keeps its database to itself; the harness needs triggers in it, and what they wrote. */
function listenToStore(): void {
  const { open } = TypeormStore.prototype;
  TypeormStore.prototype.open = async function (this: TypeormStore): Promise<void> {
    await open.call(this);
    query = (sql) => this.dataSource.query(sql);
    const [row] = (await query(`SELECT to_regclass('audit') IS NOT NULL AS exists`)) as { exists: boolean }[];
    // One transaction: a kill leaves either all of it or nothing.
    if (row?.exists !== true) await this.dataSource.transaction((manager) => manager.query(CREATE_AUDIT));
  };
}

async function main(): Promise<void> {
  const setup = JSON.parse(process.env['FAULTS'] ?? '{}') as PgliteSetup;
  const random = seededRandom(setup.seed + process.pid);
  const claims = new Claims(Infinity);
  listenToStore();
  const workflow = faultWorkflow(async (ctx) => {
    const { runId: run, task, attempt, idempotencyKey: key } = ctx;
    const epoch = claims.epochOf(run);
    const line: LedgerLine = {
      ...{ run, task, idx: ctx.index ?? -1, attempt, epoch, runEpoch: epoch, pid: process.pid, key },
      ...{ leaseLeftMs: 1, isReady: true, isRecorded: false },
    };
    appendFileSync(setup.ledger, `${JSON.stringify(line)}\n`);
    await sleep(random() * 10);
  });
  const runner = await WorkflowRunner.create({
    workflows: [workflow],
    database: `pglite:${setup.folder}`,
    worker: { poll: '100ms', maxCrashes: 1_000 },
  });
  say('serving');
  if (setup.evidence !== undefined) {
    await untilAllOver(runner);
    writeFileSync(setup.evidence, JSON.stringify({ runs: await query(RUNS), changes: await query(CHANGES) }));
    await runner.close();
    say('closed');
    return;
  }
  for (let n = setup.firstInput; ; n++) {
    const handle = await runner.start(workflow, 'main', n);
    say(`started ${handle.id} ${n}`);
    void acknowledge(handle);
    await sleep(random() * 20);
  }
}

async function acknowledge(handle: RunHandle<number>): Promise<void> {
  const output = await handle.result();
  say(`ended ${handle.id} ${output}`);
}

async function untilAllOver(runner: WorkflowRunner): Promise<void> {
  for (;;) {
    const open = await runner.list({ status: ['PENDING', 'RUNNING', 'WAITING'], limit: 1 });
    if (open.items.length === 0) return;
    await sleep(50);
  }
}

if (require.main === module) void main();
