import 'reflect-metadata';
import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowRunner, defineWorkflow } from '../../src';
import type { TaskContext } from '../../src';

/** `kill` ends its process whenever it is called; `slow` is what happens to run beside it. */
export const poison = defineWorkflow<string>('poison')
  .task('before', async (kind: string) => kind)
  .task('work', { dependsOn: ['before'], retries: 5 }, async (kind: string) => {
    await sleep(30);
    if (kind === 'kill') process.kill(process.pid, 'SIGKILL');
    await sleep(30);
    return kind;
  })
  .flow('main', { dependsOn: ['work'] }, async (kind: string, _ctx: TaskContext<string>) => kind)
  .build();

async function main(): Promise<void> {
  await WorkflowRunner.create({
    workflows: [poison],
    database: process.env['DATABASE'] as string,
    worker: { lease: '500ms', poll: '100ms' },
  });
  process.stdout.write('serving\n');
}

if (require.main === module) void main();
