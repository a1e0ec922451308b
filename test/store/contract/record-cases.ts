import { aFlow, aNode, aRecord, finish, first } from './fixtures';
import type { Scene } from './fixtures';

const lostAttempt = { attempt: 1, outcome: 'lost', generation: 1, startedAt: 1, finishedAt: 2 } as const;

export function describeRecording(scene: () => Scene): void {
  describe('recording', () => {
    it('keeps nodes with all they carry, in the order of their changes', async () => {
      const { store, newWorker, ownedRun } = scene();
      const run = await ownedRun(await newWorker());
      const attempts = [
        { attempt: 1, outcome: 'failed', generation: 1, startedAt: 1, finishedAt: 2, delayMs: 5 },
      ] as const;
      await store.record(
        aRecord(run, {
          nodes: [aNode({ node: 'map', status: 'RUNNING', attempt: 0, elements: 3, output: undefined })],
        }),
      );
      await store.record(
        aRecord(run, {
          nodes: [
            aNode({ node: 'pay', attempts }),
            aNode({
              node: 'skip',
              status: 'SKIPPED',
              output: undefined,
              reason: { code: 'skipped-by-task', reason: 'no' },
            }),
            aNode({ node: 'map', index: 2, status: 'FAILED', output: undefined, error: '{"message":"x"}' }),
            aNode({ node: 'slow', status: 'WAITING', output: undefined, wakeDelayMs: 60_000 }),
          ],
        }),
      );
      const found = await store.findRun({ runId: run.runId });
      expect(found?.nodes.map((node) => node.node)[0]).toBe('map');
      const byName = new Map(found?.nodes.map((node) => [`${node.node}${node.index}`, node]));
      expect(byName.get('pay-1')).toMatchObject({
        attempts,
        output: '"paid"',
        startedAt: 1_000,
        finishedAt: 2_000,
        generation: 1,
      });
      expect(byName.get('skip-1')).toMatchObject({
        status: 'SKIPPED',
        reason: { code: 'skipped-by-task', reason: 'no' },
      });
      expect(byName.get('map2')).toMatchObject({ index: 2, status: 'FAILED', error: '{"message":"x"}' });
      expect(byName.get('map-1')).toMatchObject({ status: 'RUNNING', elements: 3, attempt: 0 });
      expect(byName.get('slow-1')?.wakeAt).toBeGreaterThan(found?.createdAt ?? Infinity);
      const seqs = found?.nodes.map((node) => node.seq) ?? [];
      expect([...seqs].sort((a, b) => a - b)).toEqual(seqs);
    });

    it('finishes a run together with its last node', async () => {
      const { store, newWorker, ownedRun, poll } = scene();
      const workerId = await newWorker();
      const run = await ownedRun(workerId);
      const result = await store.record(aRecord(run, { nodes: [aNode()], run: finish() }));
      expect(result).toMatchObject({ kind: 'recorded', applied: true, isCancelRequested: false });
      const found = await store.findRun({ runId: run.runId });
      expect(found).toMatchObject({ status: 'COMPLETED', output: '"done"', nodes: [{ node: 'pay' }] });
      expect(found?.owner).toBeUndefined();
      expect(found?.finishedAt).toBeGreaterThanOrEqual(found?.createdAt ?? Infinity);
      expect((await poll(workerId)).owned).toEqual([]);
    });

    it('shows the flow that ended its run at once, wherever it is kept', async () => {
      const { store, newWorker, ownedRun } = scene();
      const run = await ownedRun(await newWorker());
      const nodes = [aNode({ isFirst: true }), aFlow({ isFirst: true })];
      await store.record(aRecord(run, { nodes, run: finish() }));
      const found = await store.findRun({ runId: run.runId });
      expect(found?.nodes.map(({ node }) => node).sort()).toEqual(['main', 'pay']);
      expect(found?.nodes.find(({ node }) => node === 'main')).toMatchObject({
        index: -1,
        kind: 'flow',
        status: 'COMPLETED',
        generation: 1,
        epoch: run.epoch,
        attempt: 1,
        attempts: [],
        output: '"done"',
        startedAt: 1_500,
      });
    });

    it.each([
      ['that had been reported as RUNNING', { isFirst: false }],
      ['that took a second attempt', { isFirst: true, attempt: 2, attempts: [lostAttempt] }],
      ['whose value is not the output', { isFirst: true, output: '"other"' }],
    ])('keeps all there is of a flow %s', async (_, flow) => {
      const { store, newWorker, ownedRun } = scene();
      const run = await ownedRun(await newWorker());
      await store.record(aRecord(run, { nodes: [aFlow({ status: 'RUNNING', output: undefined })] }));
      await store.record(aRecord(run, { nodes: [aFlow(flow)], run: finish() }));
      const found = await store.findRun({ runId: run.runId });
      const { isFirst: __, ...rest } = flow;
      expect(found?.nodes).toMatchObject([{ node: 'main', status: 'COMPLETED', shape: 's1', ...rest }]);
    });

    it('keeps the value of a flow whose run was cancelled before it could end COMPLETED', async () => {
      const { store, newWorker, ownedRun } = scene();
      const run = await ownedRun(await newWorker());
      await store.requestCancel({ runId: run.runId });
      const refused = await store.record(aRecord(run, { nodes: [aFlow({ isFirst: true })], run: finish() }));
      expect(refused).toMatchObject({ kind: 'recorded', applied: false, isCancelRequested: true });
      await store.record(aRecord(run, { run: finish('CANCELLED', true) }));
      const found = await store.findRun({ runId: run.runId });
      expect(found).toMatchObject({
        status: 'CANCELLED',
        nodes: [{ node: 'main', status: 'COMPLETED', output: '"done"', shape: 's1', startedAt: 1_500 }],
      });
    });

    it('never overwrites a final node, nor a later attempt by an earlier one', async () => {
      const { store, newWorker, ownedRun } = scene();
      const run = await ownedRun(await newWorker());
      const write = (overrides: Parameters<typeof aNode>[0]) =>
        store.record(aRecord(run, { nodes: [aNode(overrides)] }));
      await write({ node: 'done' });
      await write({ node: 'done', status: 'FAILED', output: undefined, error: '{"message":"late"}', attempt: 2 });
      await write({ node: 'busy', status: 'RUNNING', output: undefined, attempt: 2 });
      await write({ node: 'busy', status: 'WAITING', output: undefined, attempt: 1 });
      expect((await store.findRun({ runId: run.runId }))?.nodes).toMatchObject([
        { node: 'done', status: 'COMPLETED', output: '"paid"', attempt: 1 },
        { node: 'busy', status: 'RUNNING', attempt: 2 },
      ]);
    });

    it('parks a run until its wake time, unowned', async () => {
      const { store, newWorker, ownedRun, poll } = scene();
      const workerId = await newWorker();
      const soon = await ownedRun(workerId);
      const later = await ownedRun(workerId);
      const idle = await ownedRun(workerId);
      await store.record(aRecord(soon, { run: { kind: 'park', wakeDelayMs: 0 } }));
      await store.record(aRecord(later, { run: { kind: 'park', wakeDelayMs: 60_000 } }));
      await store.record(aRecord(idle, { run: { kind: 'park' } }));
      const { claimed, nextDueMs } = await poll(workerId);
      expect(claimed).toMatchObject([{ id: soon.runId, epoch: 2 }]);
      expect(nextDueMs).toBeGreaterThan(50_000);
      const parked = await store.findRun({ runId: idle.runId });
      expect(parked).toMatchObject({ status: 'WAITING', wakeAt: undefined, owner: undefined });
    });

    it('never parks a run past its deadline', async () => {
      const { store, newWorker, ownedRun } = scene();
      const run = await ownedRun(await newWorker(), { deadlineMs: 5_000 });
      await store.record(aRecord(run, { run: { kind: 'park' } }));
      const found = await store.findRun({ runId: run.runId });
      expect(found?.wakeAt).toBe(found?.deadlineAt);
    });

    it('refuses to park when the inbox moved, and keeps the nodes all the same', async () => {
      const { store, newWorker, ownedRun, status } = scene();
      const run = await ownedRun(await newWorker());
      await store.requestCancel({ runId: run.runId, reason: 'stop' });
      const result = await store.record(aRecord(run, { nodes: [aNode()], run: { kind: 'park', wakeDelayMs: 1 } }));
      expect(result).toEqual({
        kind: 'recorded',
        applied: false,
        inbox: 1,
        isCancelRequested: true,
        cancelReason: 'stop',
      });
      expect(await status(run.runId)).toBe('RUNNING');
      expect((await store.findRun({ runId: run.runId }))?.nodes).toHaveLength(1);
    });

    it('refuses a finish that does not know of the cancel', async () => {
      const { store, newWorker, ownedRun, status } = scene();
      const run = await ownedRun(await newWorker());
      await store.requestCancel({ runId: run.runId });
      expect(await store.record(aRecord(run, { inbox: 1, run: finish() }))).toMatchObject({ applied: false });
      expect(await status(run.runId)).toBe('RUNNING');
      expect(await store.record(aRecord(run, { inbox: 1, run: finish('CANCELLED', true) }))).toMatchObject({
        applied: true,
      });
      expect(await status(run.runId)).toBe('CANCELLED');
    });

    it('keeps a released run uncharged, and remembers each refusal once', async () => {
      const { store, newWorker, ownedRun, poll } = scene();
      const workerId = await newWorker();
      const run = await ownedRun(workerId);
      await store.record(aRecord(run, { run: { kind: 'release', refusedBy: 'f1' } }));
      const again = first((await poll(workerId, { fingerprints: ['f2'] })).claimed);
      await store.record(
        aRecord({ runId: run.runId, epoch: again.epoch }, { run: { kind: 'release', refusedBy: 'f1' } }),
      );
      expect(await store.findRun({ runId: run.runId })).toMatchObject({
        status: 'WAITING',
        refused: ['f1'],
        crashes: 0,
      });
    });

    it('returns values as the text that went in', async () => {
      const { store, newWorker, ownedRun } = scene();
      const texts = [
        'null',
        '""',
        '"\\u0001\\t\\n \\" \\\\ \u2028 😀 ٱ"',
        '"{\\"a\\": 1}, NULL, {}, $1, \\\\x00"',
        '"\'; DROP TABLE run; --"',
        '[1e+21,1.5,-7,0.1,5e-324,1.7976931348623157e+308,9007199254740991]',
        '{"":1,"1":2,"a":{"b":[]},"é":null,"__proto__":1}',
        '[[],{},[[]],true,false]',
        JSON.stringify('x'.repeat(200_000)),
      ].map((text) => JSON.stringify(JSON.parse(text)));
      const nodes = texts.map((output, i) => aNode({ node: `n${i}`, output }));
      const run = await ownedRun(await newWorker(), { input: texts[2] as string });
      await store.record(aRecord(run, { nodes, run: { ...finish(), output: texts[3] } as never }));
      const found = await store.findRun({ runId: run.runId });
      expect([found?.input, found?.output]).toEqual([texts[2], texts[3]]);
      const outputs = new Map(found?.nodes.map((node) => [node.node, node.output]));
      expect(texts.map((_, i) => outputs.get(`n${i}`))).toEqual(texts);
    });

    it('records many runs at once', async () => {
      const { store, newWorker, ownedRun, status } = scene();
      const workerId = await newWorker();
      const runs = await Promise.all(Array.from({ length: 40 }, () => ownedRun(workerId)));
      await Promise.all(
        runs.flatMap((run) => [
          store.record(aRecord(run, { nodes: [aNode({ node: 'a' })] })),
          store.record(aRecord(run, { nodes: [aNode({ node: 'b' })], run: finish() })),
        ]),
      );
      const statuses = await Promise.all(runs.map((run) => status(run.runId)));
      expect(new Set(statuses)).toEqual(new Set(['COMPLETED']));
      const found = await store.findRun({ runId: runs[7]?.runId ?? '' });
      expect(found?.nodes.map((node) => node.node)).toEqual(['a', 'b']);
    });
  });
}
