import { randomUUID } from 'node:crypto';
import {
  ArgumentError,
  FlowNotFoundError,
  IdempotencyConflictError,
  PayloadInvalidError,
  RunNotExecutedError,
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

    const cents = defineWorkflow('cents')
      .flow('pay', { input: z.string().transform((text) => Number(text) * 100) }, async (n: number) => `paid ${n}`)
      .build();

    beforeAll(async () => {
      runner = await engine.use([mail, bill, cents], { worker: { queues: ['default', 'bills'] } });
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

    it('that were never executed are not run again, by retry or fork: nobody has checked their input', async () => {
      const held = await runner.hold(bill);
      await expect(runner.fork(held.id)).rejects.toMatchObject({ code: 'RUN_NOT_EXECUTED', status: 'PENDING' });
      await expect(runner.retry(held.id)).rejects.toMatchObject({ code: 'RUN_NOT_EXECUTED', status: 'PENDING' });
      await held.cancel();
      await expect(runner.fork(held.id)).rejects.toMatchObject({ code: 'RUN_NOT_EXECUTED', status: 'CANCELLED' });
      await expect(runner.retry(held.id)).rejects.toMatchObject({ code: 'RUN_NOT_EXECUTED', status: 'CANCELLED' });
      const open = await runner.hold(mail);
      await open.cancel();
      await expect(runner.retry(open.id)).rejects.toBeInstanceOf(RunNotExecutedError);
    });

    it('that were executed, and cancelled after it, can be retried', async () => {
      const held = await runner.hold(mail, { flow: 'send', input: 'hi', queue: 'served by nobody' });
      await (await runner.execute(held.id)).cancel();
      expect(await runner.retry(held.id)).toMatchObject({ id: held.id });
      await held.cancel();
    });

    it('keep their input as it was given; what the schema makes of it is made once', async () => {
      const held = await runner.hold(cents, { flow: 'pay', input: '5' });
      expect(await held.get()).toMatchObject({ input: '5' });
      const run = await runner.execute(held.id);
      expect(await run.result()).toBe('paid 500');
      expect(await run.get()).toMatchObject({ input: 500 });
      expect(
        await (await runner.execute((await runner.hold(cents, { flow: 'pay' })).id, { input: '6' })).result(),
      ).toBe('paid 600');
    });

    it('are not what a start finds by its key', async () => {
      const idempotencyKey = randomUUID();
      const held = await runner.hold(mail, { flow: 'send', input: 'hi', idempotencyKey });
      await expect(runner.start(mail, 'send', 'hi', { idempotencyKey })).rejects.toMatchObject({
        code: 'IDEMPOTENCY_CONFLICT',
        runId: held.id,
        differs: 'held',
      });
      await (await runner.execute(held.id)).result();
      expect((await runner.start(mail, 'send', 'hi', { idempotencyKey })).id).toBe(held.id);
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
