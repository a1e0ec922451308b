import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { WorkflowRunner, all, defineWorkflow, each } from '../../src';
import type { TaskContext } from '../../src';

export const EFFECTS = `CREATE TABLE effect (id bigserial PRIMARY KEY, run uuid, what text)`;

/** `first` → `parts` (mapped) → `last` → `main`, which fails; every call of a compensation leaves a line before and after it. */
export function undoWorkflow(client: () => Client) {
  const note = (ctx: TaskContext<number>, what: string): Promise<unknown> =>
    client().query('INSERT INTO effect (run, what) VALUES ($1, $2)', [ctx.runId, what]);
  const undo = async (ctx: TaskContext<number>, what: string): Promise<void> => {
    await note(ctx, `begin ${what}`);
    await sleep(10);
    await note(ctx, `end ${what}`);
  };
  return defineWorkflow('undone')
    .task('first', async (_: number) => [0, 1, 2])
    .task('part', { dependsOn: [each('first')] }, async (n: number) => n * 10)
    .task('last', { dependsOn: [all('part')] }, async (parts: number[]) => parts.length)
    .flow('main', { dependsOn: ['last'] }, async (_: number, _ctx: TaskContext<number>): Promise<number> => {
      throw new Error('meant to fail');
    })
    .compensate('first', async (_: number[], ctx: TaskContext<number>) => undo(ctx, 'first'))
    .compensate('part', async (value: number, ctx: TaskContext<number>) => undo(ctx, `part ${ctx.index} ${value}`))
    .compensate('last', async (_: number, ctx: TaskContext<number>) => undo(ctx, 'last'))
    .build();
}

/** A worker in a process of its own. */
async function main(): Promise<void> {
  const client = new Client({ connectionString: process.env['DATABASE'] });
  await client.connect();
  await WorkflowRunner.create({
    workflows: [undoWorkflow(() => client)],
    database: process.env['DATABASE'] as string,
    worker: { lease: '600ms', poll: '50ms', maxCrashes: 1_000 },
  });
  process.stdout.write('serving\n');
}

if (require.main === module) void main();
