import { randomUUID } from 'node:crypto';
import {
  ArgumentError,
  FlowNotFoundError,
  IdempotencyConflictError,
  PayloadInvalidError,
  RunNotFoundError,
  RunNotHeldError,
  defineWorkflow,
} from '../../src';
import type { TaskContext, WorkflowRunner } from '../../src';
import { z } from 'zod';
import { engineFixture } from './engine-fixture';
import type { OpenDatabase } from './engine-fixture';

/** Runs that are created first and set going later: every store runs these same cases. */
export function heldSuite(name: string, openDatabase: OpenDatabase): void {
  describe(`held runs on ${name}`, () => {
    const engine = engineFixture(openDatabase);
    let runner: WorkflowRunner;

    const mail = defineWorkflow('mail')
      .task('write', async (text: string) => text.toUpperCase())
      .flow('send', { dependsOn: ['write'] }, async (text: string, _ctx: TaskContext<string>) => `sent ${text}`)
      .flow('draft', { dependsOn: ['write'] }, async (text: string, _ctx: TaskContext<string>) => `kept ${text}`)
      .build();
    const bill = defineWorkflow('bill')
      .flow('main', { queue: 'bills', input: z.number() }, async (n: number) => n + 1)
      .build();

    beforeAll(async () => {
      runner = await engine.use([mail, bill], { worker: { queues: ['default', 'bills'] } });
    }, 60_000);

    it('wait until they are executed, and say so', async () => {
      // In a queue of this suite's own: others have left runs in the same database.
      const held = await runner.hold(mail, { flow: 'send', input: 'hi', tags: ['held'], queue: 'bills' });
      expect(await held.get()).toMatchObject({ status: 'PENDING', isHeld: true, flow: 'send', tags: ['held'] });
      expect((await runner.explain(held.id)).run.sentence).toBe('created, waiting for execute');
      expect((await runner.queues()).find(({ queue }) => queue === 'bills')).toMatchObject({ held: 1, due: 0 });
      const run = await runner.execute(held.id);
      expect(run.id).toBe(held.id);
      expect(await run.result()).toBe('sent HI');
      expect(await run.get()).toMatchObject({ status: 'COMPLETED', isHeld: false });
    });

    it('take their flow and input from execute, and the last word on both', async () => {
      const open = await runner.hold(mail);
      expect(await open.get()).toMatchObject({ flow: '', input: undefined });
      expect(String(await runner.explain(open.id))).toContain(
        'of mail is PENDING: created, waiting for execute, which is to name its flow',
      );
      await expect(runner.execute(open.id)).rejects.toThrow('execute.flow is missing');
      await expect(runner.execute(open.id)).rejects.toBeInstanceOf(ArgumentError);
      await expect(runner.execute(open.id, { flow: 'burn' })).rejects.toBeInstanceOf(FlowNotFoundError);
      expect(await (await runner.execute(open.id, { flow: 'draft', input: 'a' })).result()).toBe('kept A');

      const decided = await runner.hold(mail, { flow: 'send', input: 'b' });
      expect(await (await runner.execute(decided.id, { flow: 'draft', input: 'c' })).result()).toBe('kept C');
    });

    it('have the only flow of their workflow and its queue, and check the input when both are known', async () => {
      const open = await runner.hold(bill);
      expect(await open.get()).toMatchObject({ flow: 'main', queue: 'bills' });
      await expect(runner.execute(open.id, { input: 'x' })).rejects.toBeInstanceOf(PayloadInvalidError);
      await expect(runner.execute(open.id)).rejects.toBeInstanceOf(PayloadInvalidError);
      await expect(runner.hold(bill, { input: 'x' })).rejects.toBeInstanceOf(PayloadInvalidError);
      expect(await (await runner.execute(open.id, { input: 4 })).result()).toBe(5);
    });

    it('are executed once, whatever became of them', async () => {
      const held = await runner.hold(mail, { flow: 'send', input: 'hi' });
      await (await runner.execute(held.id)).result();
      await expect(runner.execute(held.id)).rejects.toMatchObject({ code: 'RUN_NOT_HELD', status: 'COMPLETED' });
      const dropped = await runner.hold(mail, { flow: 'send', input: 'hi' });
      expect(await dropped.cancel('changed my mind')).toBe(true);
      expect(await dropped.get()).toMatchObject({ status: 'CANCELLED', isHeld: false });
      await expect(runner.execute(dropped.id)).rejects.toBeInstanceOf(RunNotHeldError);
      await expect(runner.execute(randomUUID())).rejects.toBeInstanceOf(RunNotFoundError);
    });

    it('that were cancelled can be retried if they have a flow', async () => {
      const dropped = await runner.hold(mail, { flow: 'send', input: 'hi' });
      await dropped.cancel();
      expect(await (await runner.retry(dropped.id)).result()).toBe('sent HI');
      const open = await runner.hold(mail);
      await open.cancel();
      await expect(runner.retry(open.id)).rejects.toThrow('before execute named its flow');
    });

    it('are found by their idempotency key', async () => {
      const idempotencyKey = randomUUID();
      const held = await runner.hold(mail, { flow: 'send', input: 'hi', idempotencyKey });
      expect((await runner.hold(mail, { flow: 'send', input: 'hi', idempotencyKey })).id).toBe(held.id);
      await expect(runner.hold(mail, { flow: 'draft', input: 'hi', idempotencyKey })).rejects.toBeInstanceOf(
        IdempotencyConflictError,
      );
      await (await runner.execute(held.id)).result();
      expect((await runner.hold(mail, { flow: 'send', input: 'hi', idempotencyKey })).id).toBe(held.id);
    });

    it('are no runs that changed code could affect', async () => {
      await runner.hold(mail);
      expect((await runner.affectedRuns(mail)).items).toEqual([]);
    });
  });
}
