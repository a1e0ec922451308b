import { Client } from 'pg';
import { WorkflowRunner } from '../../src';
import { faultWorkflow } from './fault-workflow';

/** A worker in a process of its own: `DATABASE`, `LEDGER` and `TASK_MS` say where and how slow. SIGTERM drains it. */
async function main(): Promise<void> {
  const ledger = new Client({ connectionString: process.env['LEDGER'] });
  await ledger.connect();
  const runner = await WorkflowRunner.create({
    workflows: [faultWorkflow(ledger, Number(process.env['TASK_MS']))],
    database: process.env['DATABASE'] as string,
    // The kills are the test's and not the tasks': none of them is to be blamed.
    worker: { lease: '1s', poll: '200ms', runs: 20, maxCrashes: 1_000 },
  });
  process.once('SIGTERM', () => {
    void runner
      .close()
      .then(() => ledger.end())
      .then(() => process.stdout.write('drained\n'));
  });
  process.stdout.write('serving\n');
}

void main();
