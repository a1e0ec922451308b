import {
  FlowSkippedError,
  RunFailedError,
  TaskTimeoutError,
  ValueNotStorableError,
  all,
  allSettled,
  defineWorkflow,
  each,
  failed,
  optional,
  settled,
} from '../../src';
import type { Outcome, TaskContext, TaskError, WorkflowRunner } from '../../src';
import { decode } from '../../src/core/codec/decode';
import { encode } from '../../src/core/codec/encode';
import { engineFixture, statuses } from './engine-fixture';
import type { OpenDatabase } from './engine-fixture';
import { Gate } from './gate';
import { oneOfEach, show, valuesWorkflow } from './values-workflow';

/** What happens within one run: every store runs these same cases. */
export function executionSuite(name: string, openDatabase: OpenDatabase): void {
  describe(`what happens within a run on ${name}`, () => {
    const engine = engineFixture(openDatabase);
    let runner: WorkflowRunner;
    const use = async (...workflows: Parameters<typeof engine.use>[0]): Promise<WorkflowRunner> =>
      (runner = await engine.use(workflows));

    describe('values along the edges', () => {
      it('hands the run input to nodes without dependencies, and values in the order of dependsOn', async () => {
        const sums = defineWorkflow('sums')
          .task('double', async (n: number) => n * 2)
          .task('square', async (n: number) => n * n)
          .flow(
            'main',
            { dependsOn: ['square', 'double'] },
            async (square: number, double: number, ctx: TaskContext<number>) => ({
              square,
              double,
              input: ctx.input,
            }),
          )
          .build();
        await use(sums);
        expect(await runner.run(sums, 'main', 3)).toEqual({ square: 9, double: 6, input: 3 });
      });

      it('maps over elements, and gathers values and outcomes in element order', async () => {
        const mapping = defineWorkflow('mapping')
          .task('items', async (n: number) => Array.from({ length: n }, (_, i) => i))
          .task('half', { dependsOn: [each('items')] }, async (i: number, ctx: TaskContext<number>) => {
            if (i % 2 === 1) ctx.skip('odd');
            return i / 2;
          })
          .task('risky', { dependsOn: [each('items')] }, async (i: number) => {
            if (i === 1) throw new Error('one is bad');
            return i;
          })
          .flow(
            'main',
            { dependsOn: [all('half'), allSettled('risky')] },
            async (halves: number[], outcomes: Outcome<number>[], _ctx: TaskContext<number>) => ({
              halves,
              risky: outcomes.map((outcome) => (outcome.status === 'COMPLETED' ? outcome.value : outcome.status)),
            }),
          )
          .build();
        await use(mapping);
        expect(await runner.run(mapping, 'main', 5)).toEqual({ halves: [0, 1, 2], risky: [0, 'FAILED', 2, 3, 4] });
        expect(await runner.run(mapping, 'main', 0)).toEqual({ halves: [], risky: [] });
        const { items } = await runner.list({ workflow: 'mapping', limit: 1 });
        expect(items[0]?.status).toBe('COMPLETED');
      });

      it('gives each task its own copy: what one does to its argument no other sees', async () => {
        const copies = defineWorkflow('copies')
          .task('make', async () => ({ tags: ['a'] }))
          .task('spoil', { dependsOn: ['make'] }, async (value: { tags: string[] }) => value.tags.push('b'))
          .task('read', { dependsOn: ['make', 'spoil'] }, async (value: { tags: string[] }) => value.tags)
          .flow('main', { dependsOn: ['read'] }, async (tags: string[], _ctx: TaskContext<void>) => tags)
          .build();
        await use(copies);
        expect(await runner.run(copies, 'main')).toEqual(['a']);
      });

      it('tolerates what optional and settled say', async () => {
        const tolerant = defineWorkflow('tolerant')
          .task('skips', async (_: string, ctx: TaskContext<string>): Promise<string> => ctx.skip('not today'))
          .task('skipsToo', async (_: string, ctx: TaskContext<string>): Promise<string> => ctx.skip('nor today'))
          .task('fails', async (): Promise<string> => {
            throw Object.assign(new Error('no'), { code: 'E_NO' });
          })
          .flow(
            'main',
            { dependsOn: [optional('skips'), settled('skipsToo'), settled('fails')] },
            async (
              value: string | undefined,
              skip: Outcome<string>,
              fail: Outcome<string>,
              _ctx: TaskContext<string>,
            ) => [
              value,
              skip,
              fail.status === 'FAILED' && {
                message: fail.error.message,
                code: fail.error.code,
                task: fail.error.task,
                attempts: fail.error.attempts,
              },
            ],
          )
          .build();
        await use(tolerant);
        expect(await runner.run(tolerant, 'main', 'x')).toEqual([
          undefined,
          { status: 'SKIPPED', reason: 'nor today' },
          { message: 'no', code: 'E_NO', task: 'fails', attempts: 1 },
        ]);
      });
    });

    describe('the outcome of a run', () => {
      it('is FAILED with the first failure in definition order; the original error is the cause', async () => {
        const broken = new TypeError('broken');
        const failing = defineWorkflow('failing')
          .task('a', async () => 1)
          .task('b', { dependsOn: ['a'] }, async (): Promise<number> => {
            throw broken;
          })
          .task('c', { dependsOn: ['b'] }, async (n: number) => n)
          .flow('main', { dependsOn: ['c'] }, async (n: number, _ctx: TaskContext<void>) => n)
          .build();
        await use(failing);
        const handle = await runner.start(failing, 'main');
        const error = await handle.result().catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(RunFailedError);
        expect(error).toMatchObject({ runId: handle.id, task: 'b', code: 'RUN_FAILED', cause: broken });
        const run = await handle.get();
        expect(run).toMatchObject({
          status: 'FAILED',
          error: { name: 'TypeError', message: 'broken', task: 'b', attempts: 1 },
          errors: [],
        });
        expect(statuses(run)).toEqual({ a: 'COMPLETED', b: 'FAILED', c: 'SKIPPED', main: 'SKIPPED' });
        expect(run?.nodes[2]?.reason).toEqual({ code: 'edge-unmet', rule: 'completed', from: 'b', upstream: 'FAILED' });
      });

      it('is FAILED with FlowSkippedError when the flow does not tolerate a skip', async () => {
        const skipping = defineWorkflow('skipping')
          .task('maybe', async (_: void, ctx: TaskContext<void>): Promise<number> => ctx.skip('nothing to do'))
          .flow('main', { dependsOn: ['maybe'] }, async (n: number, _ctx: TaskContext<void>) => n)
          .build();
        await use(skipping);
        const error = (await runner.run(skipping, 'main').catch((thrown: unknown) => thrown)) as RunFailedError;
        expect(error.cause).toBeInstanceOf(FlowSkippedError);
        expect(error.cause).toMatchObject({ task: 'maybe', reason: 'nothing to do' });
      });

      it('runs handlers of a failure, which never change it', async () => {
        const seen: TaskError[] = [];
        const handled = defineWorkflow('handled')
          .task('pay', async (): Promise<number> => {
            throw new Error('card refused');
          })
          .task('ship', { dependsOn: ['pay'] }, async (n: number) => n)
          .flow('main', { dependsOn: ['ship'] }, async (n: number, _ctx: TaskContext<void>) => n)
          .task('onFailure', { dependsOn: [failed('main')] }, async (error: TaskError) => {
            seen.push(error);
            throw new Error('the handler fails too');
          })
          .task('always', { always: true }, async () => 'cleaned up')
          .build();
        await use(handled);
        const handle = await runner.start(handled, 'main');
        await expect(handle.result()).rejects.toThrow('card refused');
        expect(seen).toHaveLength(1);
        expect(seen[0]).toBeInstanceOf(Error);
        expect(seen[0]).toMatchObject({ message: 'card refused', task: 'pay' });
        const run = await handle.get();
        expect(statuses(run)).toEqual({
          pay: 'FAILED',
          ship: 'SKIPPED',
          onFailure: 'FAILED',
          always: 'COMPLETED',
          main: 'SKIPPED',
        });
        expect(run?.errors.map(({ message }) => message)).toEqual(['the handler fails too']);
      });
    });

    describe('attempts', () => {
      it('are repeated as retries says, and every one is on record', async () => {
        const flaky = defineWorkflow('flaky')
          .task(
            'call',
            { retries: { max: 3, backoff: 'constant', initialDelay: 1, jitter: false } },
            async (_: void, ctx: TaskContext<void>) => {
              if (ctx.attempt < 3) throw new Error(`attempt ${ctx.attempt}`);
              return ctx.idempotencyKey;
            },
          )
          .flow('main', { dependsOn: ['call'] }, async (key: string, _ctx: TaskContext<void>) => key)
          .build();
        await use(flaky);
        const handle = await runner.start(flaky, 'main');
        expect(await handle.result()).toBe(`${handle.id}:call`);
        const call = (await handle.get())?.nodes[0];
        expect(call).toMatchObject({ status: 'COMPLETED', attempt: 3 });
        expect(
          call?.attempts.map(({ attempt, outcome, delayMs, error }) => [attempt, outcome, delayMs, error?.message]),
        ).toEqual([
          [1, 'failed', 1, 'attempt 1'],
          [2, 'failed', 1, 'attempt 2'],
          [3, 'completed', undefined, undefined],
        ]);
      });

      it('that time out are failures, and what the method returns later is dropped', async () => {
        const late = new Gate();
        const slow = defineWorkflow('slow')
          .task('hang', { timeout: 20 }, async () => {
            await late.opened;
            return 'too late';
          })
          .flow('main', { dependsOn: ['hang'] }, async (text: string, _ctx: TaskContext<void>) => text)
          .build();
        await use(slow);
        const handle = await runner.start(slow, 'main');
        const error = (await handle.result().catch((thrown: unknown) => thrown)) as RunFailedError;
        expect(error.cause).toBeInstanceOf(TaskTimeoutError);
        late.open();
        await new Promise((resolve) => setImmediate(resolve));
        const hang = (await handle.get())?.nodes[0];
        expect(hang).toMatchObject({ status: 'FAILED', output: undefined, attempts: [{ outcome: 'timed-out' }] });
      });

      it('end at totalTimeout, with the last error as cause', async () => {
        const doomed = defineWorkflow('doomed')
          .task(
            'call',
            { retries: { max: 9, backoff: 'constant', initialDelay: '1h' }, totalTimeout: '1m' },
            async (): Promise<number> => {
              throw new Error('down');
            },
          )
          .flow('main', { dependsOn: ['call'] }, async (n: number, _ctx: TaskContext<void>) => n)
          .build();
        await use(doomed);
        const error = (await runner.run(doomed, 'main').catch((thrown: unknown) => thrown)) as RunFailedError;
        expect(error.cause).toMatchObject({ code: 'TOTAL_TIMEOUT', cause: { message: 'down' } });
      });

      it('fail with the path when a value cannot be stored, and the input is refused at start', async () => {
        const bad = defineWorkflow('bad-values')
          .task('make', { retries: 5 }, async (_input: unknown) => ({ text: 'a\u0000b' }))
          .flow('main', { dependsOn: ['make'] }, async (value: { text: string }, _ctx: TaskContext<unknown>) => value)
          .build();
        await use(bad);
        const handle = await runner.start(bad, 'main', 1);
        const error = (await handle.result().catch((thrown: unknown) => thrown)) as RunFailedError;
        expect(error.cause).toMatchObject({ code: 'VALUE_NOT_STORABLE', path: '$.text' });
        expect((await handle.get())?.nodes[0]).toMatchObject({ attempt: 1, status: 'FAILED' });
        const refused = await runner.start(bad, 'main', { callback: () => 1 }).catch((thrown: unknown) => thrown);
        expect(refused).toBeInstanceOf(ValueNotStorableError);
      });

      it('may throw anything', async () => {
        const thrown: unknown[] = [undefined, null, 'text', 42, {}, Object.freeze({ a: 1 }), 'a\u0000b', '\ud800'];
        const throwing = defineWorkflow('throwing')
          .task('throw', async (index: number): Promise<number> => {
            throw thrown[index];
          })
          .flow('main', { dependsOn: ['throw'] }, async (n: number, _ctx: TaskContext<number>) => n)
          .build();
        await use(throwing);
        for (const index of thrown.keys()) {
          const handle = await runner.start(throwing, 'main', index);
          await expect(handle.result()).rejects.toBeInstanceOf(RunFailedError);
          expect((await handle.get())?.nodes[0]).toMatchObject({ status: 'FAILED' });
        }
      });
    });

    describe('values', () => {
      it('arrive the same in the first pass, after a resume from the record, as the result and in a later read', async () => {
        const expected = show(decode(encode(oneOfEach(), { what: 'the table' })));
        const shown: string[] = [];
        const values = valuesWorkflow(shown);
        await use(values);
        const handle = await runner.start(values, 'main');
        await expect(handle.result()).rejects.toThrow('look again');
        const result = await (await runner.retry(handle.id)).result();
        expect(shown).toEqual([expected, expected]);
        expect(show(result)).toBe(expected);
        const node = (await handle.get())?.nodes.find(({ task }) => task === 'make');
        expect(show(node?.output)).toBe(expected);
      });
    });
  });
}
