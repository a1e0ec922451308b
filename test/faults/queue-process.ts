import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { WorkflowRunner, all, defineWorkflow, each } from '../../src';
import type { AttemptAbortedError, TaskContext } from '../../src';

/** What `render` does: answer, wait for its gate (or the abort), end its process, or something that fails. */
export interface Job {
  readonly kind: 'value' | 'hold' | 'kill' | 'flaky' | 'fail' | 'slow';
  readonly frames: number;
}

export const TABLES = `
  CREATE TABLE call (id bigserial PRIMARY KEY, run uuid, task text, attempt int, pid int, what text);
  CREATE TABLE gate (run uuid PRIMARY KEY)`;

/** `plan` and `main` belong to the owner of the run; `render` to the worker that serves `gpu`. Every call leaves a line of its own. */
export function queueWorkflow(client: () => Client) {
  const note = (ctx: TaskContext<Job>, what: string): Promise<unknown> =>
    client().query('INSERT INTO call (run, task, attempt, pid, what) VALUES ($1, $2, $3, $4, $5)', [
      ctx.runId,
      ctx.index === undefined ? ctx.task : `${ctx.task}[${ctx.index}]`,
      ctx.attempt,
      process.pid,
      what,
    ]);
  return defineWorkflow('queues')
    .task('plan', async ({ frames }: Job, ctx: TaskContext<Job>) => {
      await note(ctx, 'called');
      return Array.from({ length: frames }, (_, frame) => ({ frame, at: new Date(frame) }));
    })
    .task(
      'render',
      {
        dependsOn: [each('plan')],
        queue: 'gpu',
        timeout: '30s',
        retries: {
          max: 2,
          backoff: 'constant',
          initialDelay: '50ms',
          jitter: false,
          retryIf: (error) => (error as Error).message === 'busy',
        },
      },
      async ({ frame, at }: { frame: number; at: Date }, ctx: TaskContext<Job>) => {
        await note(ctx, 'called');
        const { kind } = ctx.input;
        if (kind === 'kill') process.kill(process.pid, 'SIGKILL');
        if (kind === 'flaky' && ctx.attempt < 3) throw new Error('busy');
        if (kind === 'fail') throw Object.assign(new TypeError('no such model'), { code: 'NO_MODEL' });
        if (kind === 'hold') await opened(ctx);
        return { frame, ms: at.getTime() };
      },
    )
    .task('slow', { queue: 'gpu', timeout: '100ms' }, async (job: Job) => {
      if (job.kind === 'slow') await sleep(60_000, undefined, { ref: false });
      return 'in time';
    })
    .flow(
      'main',
      { dependsOn: [all('render'), 'slow'] },
      async (frames: { frame: number; ms: number }[], slow: string, ctx: TaskContext<Job>) => {
        await note(ctx, 'called');
        return { frames, slow };
      },
    )
    .build();

  async function opened(ctx: TaskContext<Job>): Promise<void> {
    for (;;) {
      if (ctx.signal.aborted) {
        await note(ctx, `aborted: ${(ctx.signal.reason as AttemptAbortedError).reason}`);
        throw ctx.signal.reason as Error;
      }
      const { rows } = await client().query('SELECT FROM gate WHERE run = $1', [ctx.runId]);
      if (rows.length > 0) return;
      await sleep(20);
    }
  }
}

/** A worker in a process of its own that serves the queues in `QUEUES`. SIGTERM closes it. */
async function main(): Promise<void> {
  const client = new Client({ connectionString: process.env['DATABASE'] });
  await client.connect();
  const runner = await WorkflowRunner.create({
    workflows: [queueWorkflow(() => client)],
    database: process.env['DATABASE'] as string,
    worker: {
      queues: (process.env['QUEUES'] ?? '').split(','),
      lease: '1s',
      poll: '100ms',
      drain: 0,
    },
  });
  process.once('SIGTERM', () => {
    void runner
      .close()
      .then(() => client.end())
      .then(() => process.stdout.write('closed\n'));
  });
  process.stdout.write('serving\n');
}

if (require.main === module) void main();
