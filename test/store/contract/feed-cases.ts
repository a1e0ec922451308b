import type { FeedEntry, KeptLine, RunChanges } from '../../../src/store/run-feed';
import { aFlow, aNode, aRecord, finish, newId } from './fixtures';
import type { Scene } from './fixtures';

export function describeFeed(scene: () => Scene): void {
  describe('the feed of a run', () => {
    const owned = async () => scene().ownedRun(await scene().newWorker());
    const read = async (runId: string, after = 0, limit = 100): Promise<RunChanges> => {
      const [changes] = await scene().other.feed.read({ follows: [{ runId, after }], limit });
      if (changes === undefined) throw new Error('the run is expected to be known');
      return changes;
    };
    const last = ({ entries }: RunChanges): number => entries.at(-1)?.seq ?? 0;
    const line = (runId: string, message: string, ageMs = 0): KeptLine => ({
      runId,
      kind: 'line',
      node: 'pay',
      index: -1,
      attempt: 1,
      level: 'info',
      message,
      fields: '{}',
      ageMs,
    });
    const progress = (runId: string, fraction: number, index = -1): KeptLine => ({
      runId,
      kind: 'progress',
      node: 'pay',
      index,
      attempt: 2,
      fraction,
      ageMs: 0,
    });
    const words = (entries: readonly FeedEntry[]): unknown[] =>
      entries.map((entry) =>
        entry.kind === 'line'
          ? entry.message
          : entry.kind === 'progress'
            ? entry.fraction
            : `${entry.node} ${entry.status}`,
      );

    it('holds the run as it stands, and each node as it is now, in the order of the last change', async () => {
      const run = await owned();
      const { store } = scene();
      expect(await read(run.runId)).toMatchObject({
        runId: run.runId,
        run: { workflow: 'orders', flow: 'main', status: 'RUNNING', generation: 1, isCancelRequested: false },
        entries: [],
        isMore: false,
      });
      const running = aNode({ status: 'RUNNING', output: undefined, finishedAt: undefined });
      await store.record(aRecord(run, { nodes: [running] }));
      await store.record(aRecord(run, { nodes: [aNode({ node: 'check' })] }));
      const seen = await read(run.runId);
      expect(words(seen.entries)).toEqual(['pay RUNNING', 'check COMPLETED']);
      await store.record(aRecord(run, { nodes: [aNode()] }));
      expect(words((await read(run.runId)).entries)).toEqual(['check COMPLETED', 'pay COMPLETED']);
      const later = await read(run.runId, last(seen));
      expect(later.entries).toEqual([
        {
          kind: 'node',
          seq: expect.any(Number) as number,
          node: 'pay',
          index: -1,
          nodeKind: 'task',
          status: 'COMPLETED',
          generation: 1,
          attempt: 1,
          startedAt: 1_000,
          finishedAt: 2_000,
        },
      ]);
      expect((await read(run.runId, last(later))).entries).toEqual([]);
    });

    it('tells of errors, waits and reasons as they were recorded, and how a run ended', async () => {
      const run = await owned();
      const { store } = scene();
      const error = '{"message":"no","name":"Error"}';
      const wait = { kind: 'signal', signal: 'go' } as const;
      await store.record(
        aRecord(run, {
          nodes: [
            aNode({ node: 'a', status: 'FAILED', output: undefined, error }),
            aNode({ node: 'b', status: 'WAITING', output: undefined, wait: wait as never, wakeDelayMs: 60_000 }),
            aNode({ node: 'c', status: 'SKIPPED', output: undefined, reason: { code: 'wind-down' } }),
            aNode({ node: 'd', status: 'RUNNING', output: undefined, elements: 3 }),
          ],
        }),
      );
      const [a, b, c, d] = (await read(run.runId)).entries;
      expect(JSON.parse((a as { error: string }).error)).toEqual({ message: 'no', name: 'Error' });
      expect(b).toMatchObject({ wait, wakeAt: expect.any(Number) as number });
      expect(c).toMatchObject({ reason: { code: 'wind-down' } });
      expect(d).toMatchObject({ elements: 3 });
      await store.record(aRecord(run, { run: finish('FAILED') }));
      const { run: ended } = await read(run.runId);
      expect(ended).toMatchObject({ status: 'FAILED', finishedAt: expect.any(Number) as number });
      expect(JSON.parse(ended.error as string)).toMatchObject({ message: 'Card declined' });
    });

    it('has the flow that ended its run, whether that has a row of its own or not', async () => {
      const run = await owned();
      await scene().store.record(aRecord(run, { nodes: [aNode(), aFlow()], run: finish() }));
      expect(words((await read(run.runId)).entries).sort()).toEqual(['main COMPLETED', 'pay COMPLETED']);
    });

    it('has what a retry reset', async () => {
      const run = await owned();
      const { store } = scene();
      const failed = aNode({ status: 'FAILED', output: undefined, error: '{"message":"no"}' });
      await store.record(aRecord(run, { nodes: [failed], run: finish('FAILED') }));
      const seen = await read(run.runId);
      await store.retryRun({ runId: run.runId, reset: [] });
      const { run: again, entries } = await read(run.runId, last(seen));
      expect(again).toMatchObject({ status: 'PENDING', generation: 2 });
      expect(entries).toMatchObject([{ node: 'pay', status: 'PENDING', generation: 2 }]);
    });

    it('is read in pages', async () => {
      const run = await owned();
      const nodes = [0, 1, 2, 3, 4].map((n) => aNode({ node: `n${n}` }));
      await scene().store.record(aRecord(run, { nodes }));
      const names: unknown[] = [];
      let page = await read(run.runId, 0, 2);
      for (;;) {
        names.push(...words(page.entries));
        if (!page.isMore) break;
        page = await read(run.runId, last(page), 2);
      }
      expect(names.sort()).toEqual([0, 1, 2, 3, 4].map((n) => `n${n} COMPLETED`));
    });

    it('of several runs is read at once, without those that nobody knows', async () => {
      const [one, two] = [await owned(), await owned()];
      await scene().store.record(aRecord(two, { nodes: [aNode()] }));
      const follows = [one.runId, newId(), two.runId, 'no-uuid'].map((runId) => ({ runId, after: 0 }));
      const all = await scene().store.feed.read({ follows, limit: 5 });
      const found = new Map(all.map(({ runId, entries }) => [runId, words(entries)]));
      expect(found).toEqual(
        new Map([
          [one.runId, []],
          [two.runId, ['pay COMPLETED']],
        ]),
      );
      expect(await scene().store.feed.read({ follows: [], limit: 5 })).toEqual([]);
    });

    it('has the lines that tasks wrote, among the nodes, with the instant at which they were said', async () => {
      const run = await owned();
      const { store } = scene();
      const { feed } = store;
      await feed.keep({ lines: [line(run.runId, 'before', 5_000)], limit: 10 });
      await store.record(aRecord(run, { nodes: [aNode()] }));
      await feed.keep({ lines: [line(run.runId, 'after'), line(newId(), 'of nobody')], limit: 10 });
      const { entries } = await read(run.runId);
      expect(words(entries)).toEqual(['before', 'pay COMPLETED', 'after']);
      const [before, , after] = entries as [{ at: number }, unknown, { at: number }];
      expect(after.at - before.at).toBeGreaterThanOrEqual(5_000);
      expect(entries[0]).toMatchObject({ node: 'pay', index: -1, attempt: 1, level: 'info', fields: '{}' });
      expect((await scene().other.feed.lines({ runId: run.runId })).map(({ message }) => message)).toEqual([
        'before',
        'after',
      ]);
      expect(await scene().other.feed.lines({ runId: 'no-uuid' })).toEqual([]);
    });

    it('keeps the newest lines of a run, and leaves those of others alone', async () => {
      const [run, other] = [await owned(), await owned()];
      const { feed } = scene().store;
      await feed.keep({ lines: [line(other.runId, 'mine'), line(other.runId, 'too')], limit: 3 });
      await feed.keep({ lines: [1, 2, 3, 4, 5].map((n) => line(run.runId, String(n))), limit: 3 });
      const messages = async () => (await feed.lines({ runId: run.runId })).map(({ message }) => message);
      expect(await messages()).toEqual(['3', '4', '5']);
      await feed.keep({ lines: [line(run.runId, '6')], limit: 3 });
      expect(await messages()).toEqual(['4', '5', '6']);
      expect(await feed.lines({ runId: other.runId })).toHaveLength(2);
    });

    it('keeps the last progress of each node, and of each element', async () => {
      const { runId } = await owned();
      const { feed } = scene().store;
      await feed.keep({ lines: [progress(runId, 0.1), progress(runId, 0.2, 7)], limit: 100 });
      await feed.keep({ lines: [{ ...progress(runId, 0.5), note: 'half' } as KeptLine], limit: 100 });
      const { entries } = await read(runId);
      expect(entries).toMatchObject([
        { kind: 'progress', index: 7, fraction: 0.2, attempt: 2 },
        { kind: 'progress', index: -1, fraction: 0.5, note: 'half' },
      ]);
      expect(await feed.lines({ runId })).toEqual([]);
    });

    it('keeps lines of a run that is over', async () => {
      const run = await owned();
      const { store } = scene();
      await store.record(aRecord(run, { run: finish() }));
      await store.feed.keep({ lines: [line(run.runId, 'late')], limit: 10 });
      expect(words((await read(run.runId)).entries)).toContain('late');
    });
  });
}
