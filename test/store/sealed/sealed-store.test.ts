import { randomBytes } from 'node:crypto';
import { aesGcmPayloads, ArgumentError, PayloadCodecError } from '../../../src';
import type { PayloadCodec } from '../../../src';
import { systemClock } from '../../../src/runner/system-clock';
import { MemoryStore } from '../../../src/store/memory/memory-store';
import { createStore } from '../../../src/store/open-store';
import { sealStore } from '../../../src/store/sealed/sealed-store';
import type { Store } from '../../../src/store/store';
import { createTestDatabase } from '../../setup/database';
import type { TestDatabase } from '../../setup/database';
import { aNode, aRecord, finish, newId, sceneOf } from '../contract/fixtures';
import { describeStoreContract } from '../contract/store-contract';

const k1 = { id: 'k1', key: randomBytes(32) };
const k2 = { id: 'k2', key: randomBytes(32) };
const payloads = aesGcmPayloads({ keys: [k1] });
const sealed = { hasSealedErrors: true };

describe('a sealed store in memory', () => {
  const store = sealStore(new MemoryStore(systemClock), payloads);
  describeStoreContract(() => ({ store, other: store }), { hasLeases: false, hasTransactions: false, ...sealed });
});

describe('a sealed store on PostgreSQL', () => {
  let database: TestDatabase;
  let stores: readonly [Store, Store];

  beforeAll(async () => {
    database = await createTestDatabase();
    const open = () => sealStore(createStore(database.url, { clock: systemClock }), payloads);
    stores = [open(), open()];
    await Promise.all(stores.map((store) => store.open()));
  });

  afterAll(async () => {
    await Promise.all(stores.map((store) => store.close()));
    await database.drop();
  });

  describeStoreContract(() => ({ store: stores[0], other: stores[1] }), { hasLeases: true, ...sealed });
});

describe('a sealed store', () => {
  const inner = new MemoryStore(systemClock);
  const store = sealStore(inner, payloads);
  const scene = () => sceneOf({ store, other: store });

  it('keeps nothing readable of values, and gives them back', async () => {
    const { newRun, newWorker, ownedRun } = scene();
    const run = await ownedRun(await newWorker(), { input: '{"card":"4111"}' });
    const failure = '{"name":"TypeError","message":"4111 is bad","task":"pay","attempts":2,"code":"E"}';
    const attempts = [
      {
        attempt: 1,
        outcome: 'failed',
        generation: 1,
        startedAt: 1,
        finishedAt: 2,
        error: { name: 'E', message: '4111' },
      },
    ] as const;
    await store.record(
      aRecord(run, {
        nodes: [
          aNode({ output: '["4111"]' }),
          aNode({ node: 'b', status: 'FAILED', output: undefined, error: failure, attempts }),
          aNode({
            node: 'c',
            status: 'SKIPPED',
            output: undefined,
            reason: { code: 'skipped-by-task', reason: '4111' },
          }),
        ],
      }),
    );
    await store.signals.send({ runId: run.runId, id: newId(), name: 'go', payload: '"4111"' });
    const raw = await inner.findRun({ runId: run.runId });
    expect(JSON.stringify([raw, await inner.signals.find({ runId: run.runId, names: [{ name: 'go', limit: 1 }] })])).not.toContain('4111'); // prettier-ignore
    expect(JSON.parse(raw?.nodes[1]?.error ?? '')).toMatchObject({
      name: 'TypeError',
      code: 'E',
      task: 'pay',
      attempts: 2,
    });
    const opened = await store.findRun({ runId: run.runId });
    expect(opened?.input).toBe('{"card":"4111"}');
    expect(opened?.nodes.map(({ output, error, reason }) => output ?? error ?? reason)).toEqual([
      '["4111"]',
      failure,
      { code: 'skipped-by-task', reason: '4111' },
    ]);
    expect(opened?.nodes[1]?.attempts).toEqual(attempts);
    expect(newRun().input).toBe('{"total":1}');
  });

  it('says of an array that it is one, and nothing else', async () => {
    const { newWorker, ownedRun } = scene();
    const run = await ownedRun(await newWorker());
    await store.record(
      aRecord(run, { nodes: [aNode({ output: '[1,2]' }), aNode({ node: 'b', output: '{"a":[1]}' })] }),
    );
    const [outline] = await store.reuses.outline({ runIds: [run.runId] });
    expect(outline?.records.map(({ node, isArray }) => [node, isArray])).toEqual([
      ['pay', true],
      ['b', false],
    ]);
  });

  it('reads what was written before there was a codec, and finds runs by their keys', async () => {
    const { newRun } = scene();
    const before = newRun({ idempotencyKey: newId(), inputHash: 'plain' });
    await inner.createRun(before);
    expect((await store.findRun({ runId: before.id }))?.input).toBe(before.input);
    const again = { ...before, id: newId() };
    expect(await store.createRun(again)).toEqual({ kind: 'exists', id: before.id, status: 'PENDING' });
    expect(await store.createRun({ ...again, inputHash: 'other' })).toMatchObject({
      kind: 'conflict',
      differs: 'input',
    });
  });

  it('finds a run by its key after the key of the codec has changed, on every way in', async () => {
    const rotated = sealStore(inner, aesGcmPayloads({ keys: [k2, k1] }));
    const { newRun } = scene();
    const first = newRun({ idempotencyKey: newId() });
    await store.createRun(first);
    const again = { ...first, id: newId() };
    const exists = { kind: 'exists', id: first.id, status: 'PENDING' };
    expect(await rotated.createRun(again)).toEqual(exists);
    const from = {
      runId: first.id, generation: 1, nodes: [], instances: [], instanceStatuses: [], flowShape: '',
    } as const; // prettier-ignore
    expect(await rotated.reuses.create({ ...again, from })).toEqual(exists);
    const held = newRun({ idempotencyKey: newId() });
    await store.held.hold(held);
    expect(await rotated.held.hold({ ...held, id: newId() })).toEqual({ kind: 'exists', id: held.id });
  });

  it('leaves a value alone that was moved to another run', async () => {
    const { newWorker, ownedRun } = scene();
    const workerId = await newWorker();
    const [a, b] = [await ownedRun(workerId), await ownedRun(workerId)];
    await store.record(aRecord(a, { nodes: [aNode({ output: '"of a"' })] }));
    const stolen = (await inner.findRun({ runId: a.runId }))?.nodes[0]?.output;
    await inner.record(aRecord(b, { nodes: [aNode({ output: stolen })] }));
    const [node] = (await store.findRun({ runId: b.runId }))?.nodes ?? [];
    expect(node?.output).toContain('moved from its place');
  });

  it('does not look for texts in messages that it cannot read', async () => {
    await expect(store.listRuns({ text: 'declined', limit: 1 })).rejects.toThrow(ArgumentError);
  });

  describe('without the key', () => {
    const other = sealStore(inner, aesGcmPayloads({ keys: [k2] }));

    it('shows a run all the same, and says of each value and message why it is closed', async () => {
      const { newWorker, ownedRun } = scene();
      const run = await ownedRun(await newWorker());
      const error = '{"name":"Error","message":"no","attempts":1}';
      await store.record(
        aRecord(run, {
          nodes: [aNode(), aNode({ node: 'b', status: 'FAILED', output: undefined, error })],
          run: { ...finish('FAILED'), errors: `[${error}]` } as never,
        }),
      );
      const seen = await other.findRun({ runId: run.runId });
      expect(seen?.status).toBe('FAILED');
      expect(JSON.parse(seen?.input ?? '')).toMatchObject({
        $type: 'sealed',
        problem: expect.stringContaining('"k1"'),
      });
      expect(JSON.parse(seen?.nodes[0]?.output ?? '')).toMatchObject({ $type: 'sealed' });
      for (const text of [seen?.error, seen?.nodes[1]?.error]) {
        expect(JSON.parse(text ?? '')).toMatchObject({
          name: 'Error',
          message: expect.stringMatching(/^\[sealed: .*"k1"/),
        });
      }
      expect(seen?.errors).toContain('[sealed: ');
    });

    it('hands a claimed run on as it is, and tells who could not open it', async () => {
      const { newRun, newWorker, claimOf } = scene();
      const params = newRun();
      await store.createRun(params);
      const result = await other.poll({ workerId: await newWorker(), leaseMs: 60_000, claim: claimOf() });
      const [run] = result.kind === 'alive' ? result.claimed : [];
      expect(run?.sealed).toEqual({
        problem: 'it was sealed with key "k1", and the keys here are "k2"',
        token: expect.stringMatching(/^payloads:k2:/),
      });
      expect(run?.input).toBe((await inner.findRun({ runId: params.id }))?.input);
      // Given back, it is not claimed with these keys again, and is with others.
      const { id: runId, epoch = 0, inbox = 0 } = run ?? { id: '' };
      const change = { kind: 'release', refusedBy: run?.sealed?.token } as const;
      await other.record({ runId, epoch, inbox, generation: 1, nodes: [], run: change });
      const claimed = async (by: Store) => {
        const polled = await by.poll({ workerId: await newWorker(), leaseMs: 60_000, claim: claimOf() });
        return polled.kind === 'alive' ? polled.claimed.map(({ id }) => id) : [];
      };
      expect(await claimed(other)).toEqual([]);
      expect(await claimed(store)).toEqual([params.id]);
    });

    it('does not end a wait with a signal that it cannot read', async () => {
      const { newRun } = scene();
      const { id: runId } = await store.createRun(newRun());
      await store.signals.send({ runId, id: newId(), name: 'go', payload: '1' });
      await expect(other.signals.find({ runId, names: [{ name: 'go', limit: 1 }] })).rejects.toThrow(PayloadCodecError);
    });
  });

  it.each<[string, Partial<PayloadCodec>, string]>([
    ['throws', { seal: () => { throw new Error('the card 4111'); } }, 'a value could not be sealed: the codec threw'], // prettier-ignore
    ['gives no text', { seal: () => Buffer.alloc(1) as never }, 'something else of it than text that can be stored'],
    ['gives text that no store takes', { seal: () => 'a\0' }, 'something else of it than text that can be stored'],
  ])('writes nothing when a codec %s', async (_what, part, message) => {
    const broken = sealStore(inner, { ...payloads, ...part });
    const { newRun } = scene();
    const params = newRun();
    await expect(broken.createRun(params)).rejects.toThrow(message);
    await expect(broken.createRun(params)).rejects.not.toThrow('4111');
    expect(await inner.findRun({ runId: params.id })).toBeUndefined();
  });
});
