import 'reflect-metadata';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'pg';
import { currentTask, WorkflowRunner } from '../../../src';
import type { RunnerOptions, TaskContext, TypeflowLogger, WorkerOptions } from '../../../src';
import { faultWorkflow } from '../fault-workflow';
import { writeLine } from '../harness/ledger';
import { seededRandom } from '../harness/seeded-random';
import { aloneWorkflow, blockingWorkflow, carelessWorkflow, gatedWorkflow } from '../scenario-workflow';
import type { Scenery } from '../scenario-workflow';
import { transactionalWorkflow } from '../transactional-workflow';
import { Claims } from './claims';
import { KillPoints } from './kill-points';
import type { PlannedDeath } from './kill-points';
import { sabotage } from './sabotage';
import type { Guard } from './sabotage';
import { signConnections } from './sign-connections';

/** What the environment variable FAULTS holds, as JSON. */
export interface WorkerSetup {
  /** Where the worker finds its database: perhaps a proxy. */
  readonly database: string;
  /** Where its tasks find the ledger: never a proxy. */
  readonly ledger: string;
  readonly worker: WorkerOptions & { readonly lease: number };
  /** The longest that a task of the campaigns takes, ms. */
  readonly taskMs?: number;
  readonly seed?: number;
  /** A folder in which files open the gates. */
  readonly gates?: string;
  readonly sabotage?: Guard | undefined;
  /** Where this process ends itself, amid a transactional task. */
  readonly death?: PlannedDeath | undefined;
  /** Starts again when the database is away at the start, as whoever supervises a process would have it do. */
  readonly isPatient?: boolean;
}

const scenarios = [gatedWorkflow, blockingWorkflow, carelessWorkflow, aloneWorkflow];

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const logger: TypeflowLogger = {
  debug: () => undefined,
  info: () => undefined,
  warn: (fields, message) => say(`warn ${message} ${String(fields['runId'] ?? '')}`),
  error: (fields, message) => say(`error ${message} ${String(fields['runId'] ?? '')} ${String(fields['err'] ?? '')}`),
  isLevelEnabled: (level) => level === 'warn' || level === 'error',
};

function sceneryOf(setup: WorkerSetup, claims: Claims, ledger: Pool): Scenery {
  const gateOf = (task: string): string => path.join(setup.gates ?? '', `${task}.${process.pid}`);
  return {
    say,
    async called(ctx: TaskContext<unknown>, upstream) {
      const leaseLeftMs = claims.leaseLeftMs();
      const { runId: run, task, attempt, idempotencyKey: key } = ctx;
      const epoch = claims.epochOf(run);
      const line = { run, task, idx: ctx.index ?? -1, attempt, epoch, pid: process.pid, key, leaseLeftMs };
      await writeLine(ledger, line, upstream);
    },
    async gate(task) {
      while (!existsSync(gateOf(task))) await sleep(5);
    },
    isOpen: (task) => existsSync(gateOf(task)),
    block(task) {
      say(`blocked ${task}`);
      const cell = new Int32Array(new SharedArrayBuffer(4));
      while (!existsSync(gateOf(task))) Atomics.wait(cell, 0, 0, 5);
    },
  };
}

async function createRunner({ isPatient }: WorkerSetup, options: RunnerOptions): Promise<WorkflowRunner> {
  for (;;) {
    try {
      return await WorkflowRunner.create(options);
    } catch (error) {
      const { code } = error as { code?: string };
      if (isPatient !== true || (code !== 'DATABASE_UNREACHABLE' && code !== 'STORE_FAILED')) throw error;
      await sleep(200);
    }
  }
}

async function main(): Promise<void> {
  const setup = JSON.parse(process.env['FAULTS'] ?? '{}') as WorkerSetup;
  signConnections();
  const claims = new Claims(setup.worker.lease);
  if (setup.sabotage !== undefined) sabotage(setup.sabotage, say);
  const ledger = new Pool({ connectionString: setup.ledger, max: 8, application_name: 'ledger' });
  ledger.on('error', () => undefined); // an idle connection went away: the next line takes another
  const random = seededRandom((setup.seed ?? 0) + process.pid);
  const scenery = sceneryOf(setup, claims, ledger);
  const faults = faultWorkflow(async (ctx, upstream) => {
    await scenery.called(ctx as unknown as TaskContext<string>, upstream);
    await sleep(random() * (setup.taskMs ?? 0));
  });
  const killPoints = new KillPoints(setup.death);
  const transactional = transactionalWorkflow({
    called: (ctx, upstream) => scenery.called(ctx as unknown as TaskContext<string>, upstream),
    reached: (point, ctx) => killPoints.reached(point, ctx),
    gate: (task) => {
      if (setup.gates === undefined) return Promise.resolve();
      say(`at the gate of ${task}`);
      return scenery.gate(task);
    },
  });
  const runner = await createRunner(setup, {
    workflows: [faults, transactional, ...scenarios.map((workflow) => workflow(scenery))],
    database: setup.database,
    worker: setup.worker,
    logger,
  });
  // What the documentation recommends: whoever dies says of what.
  process.on('uncaughtExceptionMonitor', () => say(`died in ${currentTask()?.task ?? 'nowhere'}`));
  process.once('SIGTERM', () => {
    void runner
      .close()
      .then(() => ledger.end())
      .then(() => say('drained'));
  });
  say('serving');
}

if (require.main === module) void main();
