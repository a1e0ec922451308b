// A user's program, as short as it gets. check.mjs compiles it to CommonJS and to ESM against the packed tarball.
import { Flow, Task, Workflow, WorkflowRunner, defineWorkflow } from 'typeflow';
import type { TaskContext } from 'typeflow';

class Greeter {
  greet(name: string): string {
    return `Hello ${name}`;
  }
}

@Workflow({ name: 'greeting' })
class GreetingWorkflow {
  readonly #greeter: Greeter;

  // Resolved by its type: emitted decorator metadata reaches the container.
  constructor(greeter: Greeter) {
    this.#greeter = greeter;
  }

  @Task()
  async greet(name: string): Promise<string> {
    return this.#greeter.greet(name);
  }

  @Flow({ dependsOn: ['greet'] })
  async main(greeting: string, ctx: TaskContext<string>): Promise<string> {
    return `${greeting} (${ctx.task}).`;
  }
}

const shouting = defineWorkflow('shouting')
  .task('shout', async (name: string) => name.toUpperCase())
  .flow('main', { dependsOn: ['shout'] }, async (name, _ctx: TaskContext<string>) => `${name}!`)
  .build();

async function main(): Promise<void> {
  const runner = await WorkflowRunner.create({ workflows: [GreetingWorkflow, shouting], database: 'memory:' });
  const greeting: string = await runner.run(GreetingWorkflow, 'main', 'Ann');
  const shout: string = await runner.run(shouting, 'main', 'Bob');
  await runner.close();
  process.stdout.write(`${greeting} ${shout}\n`);
}

void main();
