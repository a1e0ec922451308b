import { KeptLines } from '../../../src/runner/events/kept-lines';
import type { SaidLine } from '../../../src/runner/events/kept-lines';
import type { KeepLinesParams } from '../../../src/store/run-feed';
import type { Store } from '../../../src/store/store';
import { VirtualClock } from '../../../src/testing/virtual-clock';
import { MemoryLogger } from '../../fixtures/memory-logger';

const speaker = { runId: 'run', node: 'work', index: -1, attempt: 1 };

describe('lines on their way to the store', () => {
  let clock: VirtualClock;
  let kept: KeepLinesParams[];
  let said: SaidLine[];
  let news: string[];
  let logger: MemoryLogger;
  let keep: (params: KeepLinesParams) => Promise<void>;
  let lines: KeptLines;

  beforeEach(() => {
    clock = new VirtualClock(1_000);
    [kept, said, news, logger] = [[], [], [], new MemoryLogger()];
    keep = async (params) => void kept.push(params);
    const store = { feed: { keep: (params: KeepLinesParams) => keep(params) } } as unknown as Store;
    lines = new KeptLines({
      store,
      clock,
      logger,
      settings: { lines: 10, levels: ['info'] },
      onSaid: (line) => void said.push(line),
      onKept: (runId) => void news.push(runId),
    });
  });

  const pass = async (ms: number): Promise<void> => {
    clock.moveTo(clock.now() + ms);
    await clock.fireDue();
  };

  it('go together, with how long ago each was said, and are told at once to who listens here', async () => {
    lines.logged(speaker, 'info', { n: 1 }, 'first');
    await pass(60);
    lines.logged({ ...speaker, runId: 'other' }, 'info', {}, 'second');
    expect(said).toHaveLength(2);
    expect(kept).toEqual([]);
    await pass(40);
    expect(kept).toHaveLength(1);
    expect(kept[0]).toMatchObject({
      limit: 10,
      lines: [
        { message: 'first', ageMs: 100 },
        { message: 'second', ageMs: 40 },
      ],
    });
    expect(news).toEqual(['run', 'other']);
    await pass(1_000);
    expect(kept).toHaveLength(1);
  });

  it('are of the levels that are wanted', async () => {
    lines.logged(speaker, 'debug', {}, 'no');
    await lines.flush();
    expect([said, kept]).toEqual([[], []]);
  });

  it('of progress are the last of each node and element', async () => {
    for (const fraction of [0.1, 0.2, 0.3]) lines.progressed(speaker, fraction, undefined);
    lines.progressed({ ...speaker, index: 4 }, 0.5, 'half');
    await lines.flush();
    expect(said).toHaveLength(4);
    expect(kept.flatMap((batch) => batch.lines)).toMatchObject([
      { kind: 'progress', index: -1, fraction: 0.3 },
      { kind: 'progress', index: 4, fraction: 0.5, note: 'half' },
    ]);
  });

  it('do not wait for the timer when they are many, and go in statements of 500', async () => {
    for (let i = 0; i < 1_200; i++) lines.logged(speaker, 'info', {}, `line ${i}`);
    await lines.flush();
    expect(kept.map((batch) => batch.lines.length)).toEqual([500, 500, 200]);
    const messages = kept.flatMap((batch) => batch.lines.map((line) => (line.kind === 'line' ? line.message : '')));
    expect(messages).toEqual(Array.from({ length: 1_200 }, (_, i) => `line ${i}`));
  });

  it('that a database does not take are dropped, and that is told; the next ones go', async () => {
    keep = () => Promise.reject(new Error('away'));
    lines.logged(speaker, 'info', {}, 'lost');
    await lines.flush();
    expect(logger.lines).toMatchObject([{ level: 'warn', fields: { lines: 1, err: { message: 'away' } } }]);
    keep = async (params) => void kept.push(params);
    lines.logged(speaker, 'info', {}, 'found');
    await lines.flush();
    expect(kept.flatMap((batch) => batch.lines)).toMatchObject([{ message: 'found' }]);
  });

  it('that wait behind a group which was refused go without another word', async () => {
    keep = () => Promise.reject(new Error('away'));
    for (let i = 0; i < 700; i++) lines.logged(speaker, 'info', {}, `line ${i}`);
    await lines.flush();
    keep = async (params) => void kept.push(params);
    await pass(100);
    expect(kept.flatMap((batch) => batch.lines)).toHaveLength(200);
  });

  it('are bounded while the database takes its time: the oldest go', async () => {
    let answer: () => void = () => undefined;
    keep = (params) => new Promise((resolve) => (answer = () => (kept.push(params), resolve())));
    for (let i = 0; i < 25_000; i++) lines.logged(speaker, 'info', {}, `line ${i}`);
    const flushed = lines.flush();
    keep = async (params) => void kept.push(params);
    answer();
    await flushed;
    const count = kept.reduce((sum, batch) => sum + batch.lines.length, 0);
    expect(count).toBeLessThan(11_000);
    expect(kept.at(-1)?.lines.at(-1)).toMatchObject({ message: 'line 24999' });
  });

  it('are none where nothing is kept', async () => {
    const silent = new KeptLines({
      store: { feed: { keep } } as unknown as Store,
      clock,
      logger,
      settings: undefined,
      onSaid: (line) => void said.push(line),
      onKept: () => undefined,
    });
    silent.logged(speaker, 'error', {}, 'no');
    silent.progressed(speaker, 0.5, undefined);
    await silent.flush();
    expect([said, kept]).toEqual([[], []]);
  });
});
