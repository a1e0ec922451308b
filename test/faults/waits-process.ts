import { WorkflowRunner, all, defineWorkflow, each, signal } from '../../src';
import type { TaskContext } from '../../src';

export const vote = signal<number>('vote');

/** Each of three voters waits for a vote of its own, and a short sleep follows. */
export const votes = defineWorkflow('votes')
  .task('voters', async (_: number) => [0, 1, 2])
  .task('vote', { dependsOn: [each('voters')] }, async (_voter: number, ctx: TaskContext<number>) => ctx.waitFor(vote))
  .task('rest', { dependsOn: [all('vote')] }, async (_: number[], ctx: TaskContext<number>) => ctx.sleep('30ms'))
  .flow(
    'main',
    { dependsOn: [all('vote'), 'rest'] },
    async (given: number[], _rest: undefined, ctx: TaskContext<number>) => {
      return { run: ctx.input, given };
    },
  )
  .build();

const leaf = defineWorkflow('leaf')
  .task('rest', async (_: number, ctx: TaskContext<number>) => ctx.sleep('20ms'))
  .flow('main', { dependsOn: ['rest'] }, async (_rest: undefined, ctx: TaskContext<number>) => ctx.input * 10)
  .build();

/** Each of three tasks waits for a run of its own. */
export const family = defineWorkflow('family')
  .task('numbers', async (_: number) => [1, 2, 3])
  .task('ask', { dependsOn: [each('numbers')] }, async (n: number, ctx: TaskContext<number>) =>
    ctx.child(leaf, 'main', n),
  )
  .flow('main', { dependsOn: [all('ask')] }, async (values: number[], ctx: TaskContext<number>) => ({
    run: ctx.input,
    values,
  }))
  .build();

/** A worker in a process of its own. */
async function main(): Promise<void> {
  await WorkflowRunner.create({
    workflows: [votes, family, leaf],
    database: process.env['DATABASE'] as string,
    worker: { lease: '600ms', poll: '50ms', maxCrashes: 1_000, parkAfter: process.env['PARK_AFTER'] as '5s' },
  });
  process.stdout.write('serving\n');
}

if (require.main === module) void main();
