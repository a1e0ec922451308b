// Retries run out: the run fails with the last error, and every attempt is on record.
import { Flow, RunFailedError, Task, Workflow, WorkflowRunner } from 'typeflow';
import type { TaskContext } from 'typeflow';

@Workflow()
class HopelessWorkflow {
  @Task({ retries: { max: 3, backoff: 'exponential', initialDelay: '20ms', maxDelay: '1s' } })
  async callService(_url: string, ctx: TaskContext<string>): Promise<string> {
    throw new Error(`connection refused (attempt ${ctx.attempt})`);
  }

  @Flow({ dependsOn: ['callService'] })
  async main(answer: string, _ctx: TaskContext<string>): Promise<string> {
    return answer;
  }
}

async function main(): Promise<void> {
  const runner = await WorkflowRunner.create({ workflows: [HopelessWorkflow], database: 'memory:' });
  const handle = await runner.start(HopelessWorkflow, 'main', 'http://localhost/none');
  await handle.result().catch((error: unknown) => {
    if (!(error instanceof RunFailedError)) throw error;
    console.log(`failed in ${error.task}: ${(error.cause as Error).message}`);
  });
  const node = (await handle.get())?.nodes.find(({ task }) => task === 'callService');
  for (const { attempt, outcome, error, delayMs } of node?.attempts ?? []) {
    console.log(
      `  attempt ${attempt} ${outcome}: ${error?.message}${delayMs === undefined ? '' : `, next in ${delayMs} ms`}`,
    );
  }
  await runner.close();
}

void main();
