import 'reflect-metadata';
import { setTimeout as sleep } from 'node:timers/promises';
import { NonRetryableError, WorkflowRunner, defineWorkflow } from '../../src';
import type { TaskContext } from '../../src';

/** `kill` ends its process whenever it is called, `kill-undo` whenever it is compensated; others happen to run beside them. */
export const poison = defineWorkflow<string>('poison')
  .task('before', async (kind: string) => kind)
  .task('work', { dependsOn: ['before'], retries: 5 }, async (kind: string) => {
    await sleep(30);
    if (kind === 'kill') process.kill(process.pid, 'SIGKILL');
    if (kind === 'kill-undo') throw new NonRetryableError('to be undone');
    await sleep(30);
    return kind;
  })
  .flow('main', { dependsOn: ['work'] }, async (kind: string, _ctx: TaskContext<string>) => kind)
  .compensate('before', { retries: 5 }, async (kind: string) => {
    await sleep(30);
    if (kind === 'kill-undo') process.kill(process.pid, 'SIGKILL');
    return kind;
  })
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
