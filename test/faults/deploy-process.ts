import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { WorkflowRunner, defineWorkflow } from '../../src';
import type { TaskContext, TypedWorkflowDefinition } from '../../src';

/** What a process has deployed: two versions of one graph, or code without a version before and after an edge was added. */
export type Code = 'v1' | 'v2' | 'before' | 'after';

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- any workflow
export type AnyWorkflow = TypedWorkflowDefinition<any>;

export const DEPLOY_TABLES = `
  CREATE TABLE call (id bigserial PRIMARY KEY, run uuid, task text, code text);
  CREATE TABLE gate (opened boolean)`;

/** `first` → `node` → `main`; `node` waits for the gate. Every call leaves a line that says which code made it. */
export function deployWorkflow(code: Code, client: () => Client): AnyWorkflow {
  const called = (ctx: TaskContext<number>): Promise<unknown> =>
    client().query('INSERT INTO call (run, task, code) VALUES ($1, $2, $3)', [ctx.runId, ctx.task, code]);
  const isVersioned = code === 'v1' || code === 'v2';
  const builder = defineWorkflow<number>(isVersioned ? 'versions' : 'graphs', isVersioned ? { version: code } : {});
  builder.task('first' as string, async (n: number, ctx: TaskContext<number>) => {
    await called(ctx);
    return n;
  });
  if (code === 'after') builder.task('check' as string, { dependsOn: ['first'] as string[] }, async () => true);
  const edges: string[] = code === 'after' ? ['first', 'check'] : ['first'];
  builder.task('node' as string, { dependsOn: edges, timeout: false }, async (...args: never[]) => {
    const ctx = args.at(-1) as unknown as TaskContext<number>;
    await called(ctx);
    while ((await client().query('SELECT FROM gate')).rows.length === 0) await sleep(20);
    return `${code} ${args[0] as unknown as number}`;
  });
  builder.flow('main' as string, { dependsOn: ['node'] as string[] }, async (text: never, ctx: TaskContext<number>) => {
    await called(ctx);
    return text;
  });
  return builder.build() as AnyWorkflow;
}

/** A worker in a process of its own with the code in `CODE`. */
async function main(): Promise<void> {
  const client = new Client({ connectionString: process.env['DATABASE'] });
  await client.connect();
  const codes = (process.env['CODE'] ?? '').split(',') as Code[];
  await WorkflowRunner.create({
    workflows: codes.map((code) => deployWorkflow(code, () => client)),
    database: process.env['DATABASE'] as string,
    worker: { lease: '1s', poll: '100ms', reportAfter: '100ms' },
  });
  process.stdout.write('serving\n');
}

if (require.main === module) void main();
