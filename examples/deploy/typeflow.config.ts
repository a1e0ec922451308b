// The application that the Dockerfile builds into its example image: what the service and the workers of docker-compose.yml run.
import 'reflect-metadata';
import { Flow, Task, Workflow, defineConfig } from 'typeflow';
import type { TaskContext } from 'typeflow';

interface Greeting {
  readonly name: string;
  /** How long the answer takes, ms. */
  readonly delayMs?: number;
}

@Workflow({ name: 'greeting' })
class GreetingWorkflow {
  @Task()
  async wait(greeting: Greeting, ctx: TaskContext<Greeting>) {
    return ctx.sleep(greeting.delayMs ?? 0);
  }

  @Task({ dependsOn: ['wait'], retries: 3 })
  async greet(_waited: void, ctx: TaskContext<Greeting>): Promise<string> {
    return `Hello, ${ctx.input.name}!`;
  }

  @Flow({ dependsOn: ['greet'] })
  async main(text: string, ctx: TaskContext<Greeting>): Promise<{ text: string; run: string }> {
    return { text, run: ctx.runId };
  }
}

// The database comes from TYPEFLOW_DATABASE, the tokens of the service from TYPEFLOW_TOKENS.
export const config = defineConfig({ workflows: [GreetingWorkflow] });
