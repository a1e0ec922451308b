import { WorkflowRunner } from 'typeflow';
import { createService } from 'typeflow/service';
import { loadWorkflow } from './load-workflow';

/** One process of `load.ts`: the service, which executes nothing, or a worker. It says on standard output that it is there, and where. */
async function main(): Promise<void> {
  const [, , role, database = ''] = process.argv;
  const isService = role === 'service';
  const runner = await WorkflowRunner.create({
    workflows: [loadWorkflow],
    database,
    ...(isService && { worker: false as const }),
  });
  const limits = { requestsPerMinute: false } as const;
  const service = isService ? await createService(runner, { port: 0, limits }) : undefined;
  process.once('SIGTERM', () => {
    void (async () => {
      await service?.close();
      await runner.close();
    })();
  });
  process.stdout.write(`${service?.url ?? 'serving'}\n`);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
