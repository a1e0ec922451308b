// A timeout aborts ctx.signal: a task that hands it on stops at once, and says why.
import { setTimeout as sleep } from 'node:timers/promises';
import { Flow, RunFailedError, Task, Workflow, WorkflowRunner } from 'typeflow';
import type { TaskContext } from 'typeflow';

@Workflow()
class SlowWorkflow {
  @Task({ timeout: '100ms' })
  async download(seconds: number, ctx: TaskContext<number>): Promise<string> {
    console.log(`  attempt ${ctx.attempt} has until ${ctx.deadline?.toISOString()}`);
    ctx.signal.addEventListener('abort', () => console.log(`  aborted: ${(ctx.signal.reason as Error).message}`));
    await sleep(seconds * 1_000, undefined, { signal: ctx.signal });
    return 'downloaded';
  }

  @Flow({ dependsOn: ['download'] })
  async main(result: string, _ctx: TaskContext<number>): Promise<string> {
    return result;
  }
}

async function main(): Promise<void> {
  const runner = await WorkflowRunner.create({ workflows: [SlowWorkflow], database: 'memory:' });
  console.log(await runner.run(SlowWorkflow, 'main', 0.01));
  await runner.run(SlowWorkflow, 'main', 30).catch((error: unknown) => {
    if (!(error instanceof RunFailedError)) throw error;
    console.log(`failed: ${(error.cause as Error).message}`);
  });
  await runner.close();
}

void main();
