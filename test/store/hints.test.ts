import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { systemClock } from '../../src/runner/system-clock';
import { HintEmitter } from '../../src/store/hint-emitter';
import { createStore } from '../../src/store/open-store';
import type { StoreHint } from '../../src/store/store-hint';
import { Notifier } from '../../src/store/typeorm/hints/notifier';
import { channelOf, decodeHints, encodeHints } from '../../src/store/typeorm/hints/payload';
import type { TypeormStore } from '../../src/store/typeorm/typeorm-store';
import { settle, VirtualClock } from '../fixtures/virtual-clock';
import { createTestDatabase } from '../setup/database';
import type { TestDatabase } from '../setup/database';
import { sceneOf } from './contract/fixtures';

const batch = (queues: readonly string[], workerIds: readonly string[] = [], look = false) => ({
  queues: new Set(queues),
  workerIds: new Set(workerIds),
  look,
});

describe('the payload of hints', () => {
  it('says to others what it was given, and nothing to its sender', () => {
    const text = encodeHints(batch(['default', 'gpu "1"'], ['w1']), 'me');
    expect(decodeHints(text, 'you')).toEqual([
      { kind: 'work', queues: ['default', 'gpu "1"'] },
      { kind: 'attention', workerIds: ['w1'] },
    ]);
    expect(decodeHints(text, 'me')).toEqual([]);
    expect(decodeHints(encodeHints(batch(['q']), undefined), 'me')).toEqual([{ kind: 'work', queues: ['q'] }]);
  });

  it.each([
    ['a look', batch(['q'], [], true)],
    ['more than fits, counted in bytes', batch(Array.from({ length: 5 }, (_, i) => `${i}${'é'.repeat(900)}`))],
    [
      'hundreds of workers',
      batch(
        [],
        Array.from({ length: 300 }, () => randomUUID()),
      ),
    ],
  ])('becomes a look for %s', (_, hints) => {
    const text = encodeHints(hints, 'me');
    expect(Buffer.byteLength(text)).toBeLessThan(8_000);
    expect(decodeHints(text, 'you')).toEqual([{ kind: 'look' }]);
  });

  it.each(['', 'rubbish', 'null', '[]', '{"q":"x"}', '{"q":[1]}', '{"later":true}'])(
    'is a look when it is %j, which nobody we know has written',
    (text) => expect(decodeHints(text, 'me')).toEqual([{ kind: 'look' }]),
  );

  it('has one channel for each schema, within the length of a name', () => {
    const long = ['a', 'b'].map((last) => 'x'.repeat(62) + last);
    const names = ['typeflow', 'Typeflow', ...long].map(channelOf);
    expect(names[0]).toBe('typeflow_typeflow');
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name.length).toBeLessThanOrEqual(63);
  });
});

describe('the notifier', () => {
  const open = (send: (payload: string) => Promise<unknown>) => {
    const clock = new VirtualClock();
    const local = new HintEmitter();
    const heard: StoreHint[] = [];
    local.subscribe((hint) => heard.push(hint));
    return { clock, heard, notifier: new Notifier({ clock, local, sender: 'me', send }) };
  };

  it('has one message on its way at most, and says in the next one what came meanwhile, once', async () => {
    const sent: { payload: string; done: () => void }[] = [];
    const { notifier, clock } = open((payload) => new Promise<void>((done) => sent.push({ payload, done })));
    notifier.work('a');
    notifier.work('b');
    await settle();
    for (const queue of ['c', 'c', 'd', 'c']) notifier.work(queue);
    notifier.attention('w1');
    await clock.advance(1_000);
    expect(sent.map(({ payload }) => JSON.parse(payload))).toEqual([{ s: 'me', q: ['a', 'b'] }]);
    sent[0]?.done();
    await clock.advance(4);
    expect(sent).toHaveLength(1);
    await clock.advance(1);
    expect(JSON.parse(sent[1]?.payload ?? '')).toEqual({ s: 'me', q: ['c', 'd'], w: ['w1'] });
    sent[1]?.done();
    await clock.advance(1_000);
    expect(sent).toHaveLength(2);
  });

  it('outlives messages that fail', async () => {
    let sent = 0;
    const { notifier, clock } = open(() => Promise.reject(new Error(`failure ${++sent}`)));
    notifier.work('a');
    await clock.advance(10);
    notifier.look();
    await clock.advance(10);
    expect(sent).toBe(2);
  });

  it('tells its own process at once, and sends nothing that concerns only a worker of its own', async () => {
    const sent: string[] = [];
    const { notifier, clock, heard } = open(async (payload) => sent.push(payload));
    notifier.workerCame('mine');
    notifier.attention('mine');
    expect(heard).toEqual([{ kind: 'attention', workerIds: ['mine'] }]);
    await clock.advance(100);
    expect(sent).toEqual([]);
    notifier.workerLeft('mine');
    notifier.attention('mine');
    await clock.advance(100);
    expect(sent).toHaveLength(1);
  });

  it('sends what is left when it is closed, and waits for no message that hangs', async () => {
    const sent: string[] = [];
    const { notifier, clock } = open((payload) => {
      sent.push(payload);
      return sent.length === 2 ? new Promise(() => undefined) : Promise.resolve();
    });
    notifier.work('a');
    await settle();
    notifier.work('b');
    const closed = notifier.close();
    await settle();
    expect(sent).toHaveLength(2);
    await clock.advance(1_000);
    await closed;
  });
});

describe('NOTIFY on PostgreSQL', () => {
  let database: TestDatabase;
  let ear: Client;
  let heard: string[];

  beforeAll(async () => {
    database = await createTestDatabase();
    ear = new Client({ connectionString: database.url });
    await ear.connect();
    await ear.query('LISTEN "typeflow_typeflow"');
    ear.on('notification', ({ payload }) => heard.push(payload ?? ''));
  });
  beforeEach(() => (heard = []));
  afterAll(async () => {
    await ear.end();
    await database.drop();
  });

  const withStore = async (notify: boolean, body: (store: TypeormStore) => Promise<void>): Promise<void> => {
    const store = createStore(database.url, { clock: systemClock, notify }) as TypeormStore;
    await store.open();
    await body(store).finally(() => store.close());
  };

  /** Messages of a session arrive before the answer to its next statement. */
  const messages = async (): Promise<readonly string[]> => {
    await ear.query('SELECT 1');
    return heard;
  };

  it('tells of a start in the caller’s transaction when it commits, once for all runs of a queue, and its own process too', async () => {
    await withStore(true, async (store) => {
      const { newRun, queue } = sceneOf({ store, other: store });
      const ended = store.dataSource.transaction(async (manager) => {
        await store.createRun({ ...newRun(), manager });
        throw new Error('changed my mind');
      });
      await expect(ended).rejects.toThrow('changed my mind');
      await store.dataSource.transaction(async (manager) => {
        for (let run = 0; run < 3; run++) await store.createRun({ ...newRun(), manager });
        expect(await messages()).toEqual([]);
      });
      expect((await messages()).map((text) => JSON.parse(text))).toEqual([{ q: [queue] }]);
    });
  });

  it('is not sent with notify: false, by no verb', async () => {
    await withStore(false, async (store) => {
      const { newRun, newWorker, ownedRun } = sceneOf({ store, other: store });
      await store.createRun(newRun());
      await store.dataSource.transaction((manager) => store.createRun({ ...newRun(), manager }));
      const workerId = await newWorker();
      await store.requestCancel({ runId: (await ownedRun(workerId)).runId });
      await store.deregisterWorker({ workerId });
    });
    expect(await messages()).toEqual([]);
  });

  it('leaves the process with the last message when its store is closed', async () => {
    await withStore(true, async (store) => void (await store.createRun(sceneOf({ store, other: store }).newRun())));
    expect(await messages()).toHaveLength(1);
  });
});
