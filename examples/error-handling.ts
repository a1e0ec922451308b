// What a failure does: tolerated with settled(), answered by a handler with failed(), or the end of the run.
import { Flow, RunFailedError, Task, Workflow, WorkflowRunner, failed, settled } from 'typeflow';
import type { Outcome, TaskContext, TaskError } from 'typeflow';

@Workflow()
class PublishWorkflow {
  @Task()
  async render(title: string): Promise<string> {
    if (title === '') throw new Error('a page needs a title');
    return `<h1>${title}</h1>`;
  }

  @Task({ dependsOn: ['render'] })
  async makePreview(): Promise<string> {
    throw new Error('the image service is down');
  }

  @Task({ dependsOn: [failed('main')] })
  async tellTheAuthor(error: TaskError): Promise<void> {
    console.log(`  mail to the author: ${error.task} failed: ${error.message}`);
  }

  @Flow({ dependsOn: ['render', settled('makePreview')] })
  async main(page: string, preview: Outcome<string>, _ctx: TaskContext<string>): Promise<string> {
    return preview.status === 'COMPLETED' ? `${page} with ${preview.value}` : `${page} without a preview`;
  }
}

async function main(): Promise<void> {
  const runner = await WorkflowRunner.create({ workflows: [PublishWorkflow], database: 'memory:' });
  console.log(await runner.run(PublishWorkflow, 'main', 'Durable workflows'));
  try {
    await runner.run(PublishWorkflow, 'main', '');
  } catch (error) {
    if (!(error instanceof RunFailedError)) throw error;
    console.log(`${error.code} in ${error.task}: ${(error.cause as Error).message}`);
  }
  await runner.close();
}

void main();
