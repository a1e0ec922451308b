// Without decorators: the same graph from plain functions, checked by the same types.
import { WorkflowRunner, defineWorkflow } from 'typeflow';
import type { TaskContext } from 'typeflow';

const wordCount = defineWorkflow('word-count')
  .task('words', async (text: string) => text.split(/\s+/).filter((word) => word !== ''))
  .task('longest', { dependsOn: ['words'], retries: 2 }, async (words: string[]) =>
    words.reduce((longest, word) => (word.length > longest.length ? word : longest), ''),
  )
  .flow(
    'main',
    { dependsOn: ['words', 'longest'] },
    async (words: string[], longest: string, _ctx: TaskContext<string>) => ({
      words: words.length,
      longest,
    }),
  )
  .build();

async function main(): Promise<void> {
  const runner = await WorkflowRunner.create({ workflows: [wordCount], database: 'memory:' });
  console.log(await runner.run(wordCount, 'main', 'nothing is re-executed to find out where a run was'));
  await runner.close();
}

void main();
