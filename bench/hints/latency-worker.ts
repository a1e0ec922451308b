import { WorkflowRunner } from 'typeflow';
import { latencyWorkflow } from './latency-workflow';

/** One worker process of `start-latency.ts`. */
async function main(): Promise<void> {
  const runner = await WorkflowRunner.create({
    workflows: [latencyWorkflow],
    database: process.env['DATABASE'] as string,
    listen: process.env['LISTEN'] !== 'no',
  });
  while (process.env['LISTEN'] !== 'no' && runner.health?.listening !== 'on') {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  process.once('SIGTERM', () => void runner.close());
  process.stdout.write('serving\n');
}

void main();
