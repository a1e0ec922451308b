// The smallest workflow: one task, one flow.
import { Flow, Task, Workflow, WorkflowRunner } from 'typeflow';
import type { TaskContext } from 'typeflow';

@Workflow()
class GreetingWorkflow {
  @Task()
  async greet(name: string): Promise<string> {
    return `Hello, ${name}!`;
  }

  @Flow({ dependsOn: ['greet'] })
  async main(greeting: string, ctx: TaskContext<string>): Promise<{ greeting: string; length: number }> {
    return { greeting, length: ctx.input.length };
  }
}

async function main(): Promise<void> {
  const runner = await WorkflowRunner.create({ workflows: [GreetingWorkflow], database: 'memory:' });
  console.log(await runner.run(GreetingWorkflow, 'main', 'Ada'));
  await runner.close();
}

void main();
