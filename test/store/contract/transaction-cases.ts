import type { EntityManager } from 'typeorm';
import type { RecordCallParams } from '../../../src/store/dispatch';
import type { NodeWrite } from '../../../src/store/record';
import type { CompletionAnswer, TaskTransaction, Transactions } from '../../../src/store/transactions';
import { claimOne, offer, resultOf } from './dispatch-fixtures';
import type { Owned } from './dispatch-fixtures';
import { LOSSES } from './fencing-cases';
import { aNode, aRecord, newId } from './fixtures';
import type { Scene } from './fixtures';

export function describeTransactions(scene: () => Scene): void {
  const begin = async (timeoutMs = 60_000) => {
    const transaction = await (scene().store.transactions as Transactions).begin({ timeoutMs });
    const manager = transaction.manager as EntityManager;
    await manager.query('CREATE TABLE IF NOT EXISTS task_effect (note text)');
    return { transaction, manager };
  };

  /** A transaction that has done some work, which `note` stands for. */
  const beginWork = async (note: string): Promise<TaskTransaction> => {
    const { transaction, manager } = await begin();
    await manager.query('INSERT INTO task_effect VALUES ($1)', [note]);
    return transaction;
  };

  const completeNode = async (
    note: string,
    run: Owned,
    { acknowledgesCancel = false, node = aNode() }: { acknowledgesCancel?: boolean; node?: NodeWrite } = {},
  ): Promise<CompletionAnswer> =>
    (await beginWork(note)).complete({ kind: 'node', ...run, generation: 1, acknowledgesCancel, node });

  const completeCall = async (
    note: string,
    call: RecordCallParams,
    acknowledgesCancel = false,
  ): Promise<CompletionAnswer> => (await beginWork(note)).complete({ kind: 'call', acknowledgesCancel, call });

  const effects = async (note: string): Promise<number> => {
    const { transaction, manager } = await begin();
    const rows = (await manager.query('SELECT note FROM task_effect WHERE note = $1', [note])) as unknown[];
    await transaction.rollback();
    return rows.length;
  };

  const ownedRun = async (): Promise<Owned> => scene().ownedRun(await scene().newWorker());

  const claimedCall = async (run: Owned): Promise<RecordCallParams> => {
    await offer(scene(), run);
    return resultOf(await claimOne(scene(), await scene().newWorker()));
  };

  describe('a transaction of a task', () => {
    it('is committed with the record of its node, and raises the inbox of the run', async () => {
      const { store } = scene();
      const [run, note] = [await ownedRun(), newId()];
      const node = aNode({ index: 3, attempt: 2, output: '{"b":1,"aa":null}' });
      expect(await completeNode(note, run, { node })).toEqual({ kind: 'committed' });
      const { isFirst: _, ...recorded } = node;
      expect((await store.findRun(run))?.nodes).toMatchObject([{ ...recorded, generation: 1, epoch: run.epoch }]);
      expect(await store.record(aRecord(run))).toMatchObject({ kind: 'recorded', inbox: 1 });
      expect(await effects(note)).toBe(1);
    });

    it.each(Object.entries(LOSSES))('is rolled back when the run %s', async (_, lose) => {
      const { store } = scene();
      const [stale, note] = [await lose(scene()), newId()];
      const before = await store.findRun(stale);
      expect(await completeNode(note, stale, { acknowledgesCancel: true })).toEqual({ kind: 'lost' });
      expect(await store.findRun(stale)).toEqual(before);
      expect(await effects(note)).toBe(0);
    });

    it('is rolled back when the node is over already, or a later attempt of it is known', async () => {
      const { store } = scene();
      for (const known of [
        aNode({ status: 'CANCELLED', output: undefined }),
        aNode({ status: 'RUNNING', attempt: 2 }),
      ]) {
        const [run, note] = [await ownedRun(), newId()];
        await store.record(aRecord(run, { nodes: [known] }));
        expect(await completeNode(note, run)).toEqual({ kind: 'lost' });
        expect((await store.findRun(run))?.nodes).toMatchObject([{ status: known.status, attempt: known.attempt }]);
        expect(await effects(note)).toBe(0);
      }
    });

    it('is rolled back when a cancel was accepted before, unless that is known', async () => {
      const [run, note] = [await ownedRun(), newId()];
      await scene().store.requestCancel({ runId: run.runId, reason: 'changed my mind' });
      expect(await completeNode(note, run)).toEqual({ kind: 'cancelled', reason: 'changed my mind' });
      expect(await effects(note)).toBe(0);
      expect(await completeNode(note, run, { acknowledgesCancel: true })).toEqual({ kind: 'committed' });
      expect(await effects(note)).toBe(1);
    });

    it('is committed with the result of a call, and tells the owner', async () => {
      const { store } = scene();
      const [run, note] = [await ownedRun(), newId()];
      const call = await claimedCall(run);
      expect(await completeCall(note, call)).toEqual({ kind: 'committed' });
      const taken = await store.dispatches.take({ runId: run.runId, limit: 10 });
      expect(taken).toMatchObject({ inbox: 1, ended: [{ node: call.node, result: call.result }] });
      expect(await effects(note)).toBe(1);
    });

    it('is rolled back when the call has another token, has a result, or shall be aborted', async () => {
      const { dispatches } = scene().store;
      const run = await ownedRun();
      const note = newId();
      const call = await claimedCall(run);
      const stale = { ...call, token: call.token - 1 };
      expect(await completeCall(note, stale)).toEqual({ kind: 'lost' });
      expect(await completeCall(note, { ...call, generation: 2 })).toEqual({ kind: 'lost' });
      expect(await completeCall(note, { ...call, attempt: 2 })).toEqual({ kind: 'lost' });
      await dispatches.abort({ ...run, calls: [call], cause: 'deadline' });
      expect(await completeCall(note, call)).toMatchObject({ kind: 'cancelled' });
      expect(await effects(note)).toBe(0);
      expect(await completeCall(note, call, true)).toEqual({ kind: 'committed' });
      expect(await completeCall(note, call, true)).toEqual({ kind: 'lost' });
      expect(await effects(note)).toBe(1);
    });

    it('is rolled back when the run of the call was cancelled, or is over', async () => {
      const { store } = scene();
      const [run, note] = [await ownedRun(), newId()];
      const call = await claimedCall(run);
      await store.requestCancel({ runId: run.runId });
      expect(await completeCall(note, call)).toMatchObject({ kind: 'cancelled' });
      await store.record(aRecord(run, { run: { kind: 'finish', status: 'CANCELLED', acknowledgesCancel: true } }));
      expect(await completeCall(note, call, true)).toEqual({ kind: 'lost' });
      expect(await effects(note)).toBe(0);
    });

    it.each(['rollback', 'destroy'] as const)(
      'leaves nothing after %s, and its connection can be replaced',
      async (how) => {
        const note = newId();
        for (let round = 0; round < 12; round++) {
          const transaction = await beginWork(note);
          await transaction[how]();
          // Once is enough, and a second time does no harm.
          await transaction[how]();
          transaction.destroy();
        }
        expect(await effects(note)).toBe(0);
      },
    );

    it('does not become another one when its user ends it', async () => {
      const [run, note] = [await ownedRun(), newId()];
      const { transaction, manager } = await begin();
      await manager.query('ROLLBACK');
      await manager.query('BEGIN');
      await manager.query('INSERT INTO task_effect VALUES ($1)', [note]);
      const completed = transaction.complete({
        kind: 'node',
        ...run,
        generation: 1,
        acknowledgesCancel: false,
        node: aNode(),
      });
      await expect(completed).rejects.toMatchObject({ code: 'TRANSACTION_UNUSABLE', reason: 'ended' });
      expect((await scene().store.findRun(run))?.nodes).toEqual([]);
      expect(await effects(note)).toBe(0);
    });

    it('tells a constraint that is checked by the commit, and is rolled back', async () => {
      const [run, note] = [await ownedRun(), newId()];
      const { transaction, manager } = await begin();
      await manager.query('CREATE TEMPORARY TABLE single (n int UNIQUE DEFERRABLE INITIALLY DEFERRED) ON COMMIT DROP');
      await manager.query('INSERT INTO single VALUES (1), (1)');
      await manager.query('INSERT INTO task_effect VALUES ($1)', [note]);
      const completed = transaction.complete({
        kind: 'node',
        ...run,
        generation: 1,
        acknowledgesCancel: false,
        node: aNode(),
      });
      await expect(completed).rejects.toThrow(/duplicate key value .* \[23505\]/);
      expect((await scene().store.findRun(run))?.nodes).toEqual([]);
      expect(await effects(note)).toBe(0);
    });

    it('knows a conflict with others by its state, however deep it is wrapped', async () => {
      const { transaction, manager } = await begin();
      const errors: unknown[] = [];
      for (const state of ['40001', '40P01', '57P01', '08006', '23505']) {
        await manager
          .transaction((inner) => inner.query(`DO $$ BEGIN RAISE 'x' USING ERRCODE = '${state}'; END $$`))
          .catch((error: unknown) => errors.push(new Error('while paying', { cause: error })));
      }
      await transaction.rollback();
      expect(errors.map((error) => transaction.isTransient(error))).toEqual([true, true, true, true, false]);
      expect([transaction.isTransient(undefined), transaction.isTransient('40001')]).toEqual([false, false]);
    });
  });
}
