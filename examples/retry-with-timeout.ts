// Each attempt has its timeout: the first two hang and are cut off, the third answers.
import { setTimeout as sleep } from 'node:timers/promises';
import { Flow, Task, Workflow, WorkflowRunner } from 'typeflow';
import type { TaskContext } from 'typeflow';

@Workflow()
class FlakyWorkflow {
  @Task({ timeout: '50ms', retries: { max: 3, backoff: 'constant', initialDelay: '10ms' } })
  async ask(question: string, ctx: TaskContext<string>): Promise<string> {
    if (ctx.attempt < 3) await sleep(60_000, undefined, { signal: ctx.signal });
    return `the answer to "${question}", in attempt ${ctx.attempt}`;
  }

  @Flow({ dependsOn: ['ask'] })
  async main(answer: string, _ctx: TaskContext<string>): Promise<string> {
    return answer;
  }
}

async function main(): Promise<void> {
  const runner = await WorkflowRunner.create({ workflows: [FlakyWorkflow], database: 'memory:' });
  console.log(await runner.run(FlakyWorkflow, 'main', 'why?'));
  await runner.close();
}

void main();
