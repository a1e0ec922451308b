import { Explanation } from '../../../src/runner/explain/explanation';
import { explainWaiting } from '../../../src/runner/explain/explain-waiting';
import type { ExplainedRunReason } from '../../../src/runner/explain/reasons';
import { MemoryLogger } from '../../fixtures/memory-logger';
import { VirtualClock } from '../../fixtures/virtual-clock';

const NOBODY: ExplainedRunReason = { code: 'no-worker', lacks: 'worker', queue: 'q', workflow: 'w', live: 0 };
const RUNNING: ExplainedRunReason = { code: 'running', worker: { id: 'a', label: 'host:a' }, since: undefined };
const OVER: ExplainedRunReason = {
  code: 'final',
  status: 'COMPLETED',
  at: undefined,
  task: undefined,
  error: undefined,
  because: undefined,
};

function explanationOf(reason: ExplainedRunReason): Explanation {
  const run = { id: 'r', workflow: 'w', flow: 'main', status: 'PENDING', isCodeKnown: true } as const;
  return new Explanation({ ...run, reason, sentence: 'it is so' }, []);
}

describe('who waits for a result', () => {
  const clock = new VirtualClock();
  let logger: MemoryLogger;
  beforeEach(() => {
    logger = new MemoryLogger();
  });

  it.each([
    ['a warning of what keeps the run', NOBODY, 'warn'],
    ['a remark on a run that gets on', RUNNING, 'info'],
  ])('is told after five seconds, and once: %s', async (_what, reason, level) => {
    const notice = explainWaiting({ clock, logger }, 'r', async () => explanationOf(reason));
    await clock.advance(4_999);
    expect(logger.lines).toEqual([]);
    await clock.advance(60_000);
    const message = 'still waiting for the result of the run: it is so';
    expect(logger.lines).toEqual([{ level, message, fields: { runId: 'r', workflow: 'w', reason } }]);
    notice.cancel();
  });

  it('is told nothing of a run that is over', async () => {
    explainWaiting({ clock, logger }, 'r', async () => explanationOf(OVER));
    await clock.advance(10_000);
    expect(logger.lines).toEqual([]);
  });

  it('is told nothing any more once the waiting is over, not even by an explanation under way', async () => {
    explainWaiting({ clock, logger }, 'r', async () => explanationOf(NOBODY)).cancel();
    let answer!: (explanation: Explanation) => void;
    const late = explainWaiting({ clock, logger }, 'r', () => new Promise((resolve) => (answer = resolve)));
    await clock.advance(10_000);
    late.cancel();
    answer(explanationOf(NOBODY));
    await clock.advance(0);
    expect(logger.lines).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('is told when nobody can say why', async () => {
    explainWaiting({ clock, logger }, 'r', () => Promise.reject(new Error('the database is away')));
    await clock.advance(10_000);
    expect(logger.lines).toMatchObject([{ level: 'warn', fields: { err: { message: 'the database is away' } } }]);
  });
});
