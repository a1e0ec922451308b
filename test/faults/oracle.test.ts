import type { Change } from './harness/audit';
import type { LedgerLine } from './harness/ledger';
import { broken, judge } from './harness/oracle';
import type { Evidence, Verdict } from './harness/oracle';

const change = (overrides: Partial<Change> = {}): Change => ({
  id: 1,
  at: 0,
  kind: 'node',
  run: 'r',
  node: 'a',
  idx: -1,
  oldStatus: null,
  newStatus: 'COMPLETED',
  oldEpoch: null,
  newEpoch: 1,
  runEpoch: 1,
  oldOwner: null,
  newOwner: null,
  isByOwner: null,
  ...overrides,
});

const call = (overrides: Partial<LedgerLine> = {}): LedgerLine => ({
  run: 'r',
  task: 'a',
  idx: -1,
  attempt: 1,
  epoch: 1,
  runEpoch: 1,
  pid: 7,
  key: 'r:a',
  leaseLeftMs: 100,
  isReady: true,
  isRecorded: false,
  ...overrides,
});

/** One run of one task, and all is well. */
const whole: Evidence = {
  started: new Map([['r', 1]]),
  runs: [{ id: 'r', status: 'COMPLETED', output: 1, nodes: [{ node: 'a', idx: -1, status: 'COMPLETED' }] }],
  changes: [change()],
  ledger: [call()],
  nodesOfRun: ['a'],
  flow: 'main',
  width: 1,
};

describe('the oracle', () => {
  it('finds nothing where nothing is wrong', () => {
    expect(broken(judge(whole))).toEqual({});
  });

  it('counts what a lost worker had done in vain', () => {
    const ledger = [call(), call({ epoch: 3, runEpoch: 3 })];
    const verdict = judge({ ...whole, ledger });
    expect([broken(verdict), verdict.repeats]).toEqual([{}, 1]);
  });

  const runOf = (status: string, output: unknown = 1): Partial<Evidence> => ({
    runs: whole.runs.map((run) => ({ ...run, status, output })),
  });
  const cases: [string, keyof Verdict, Partial<Evidence>][] = [
    ['a run without a row', 'lost', { runs: [] }],
    ['a run that did not end', 'lost', runOf('RUNNING')],
    ['a run that nobody was told of and that did not end', 'lost', { ...runOf('PENDING'), started: new Map() }],
    ['a run that failed', 'wrong', runOf('FAILED')],
    ['a wrong output', 'wrong', runOf('COMPLETED', 2)],
    ['two completions of one node', 'recordedTwice', { changes: [change(), change({ id: 2, newEpoch: 1 })] }],
    ['a finished run that lacks a record', 'recordedTwice', { nodesOfRun: ['a', 'b'] }],
    ['a node written under an old epoch', 'staleWrites', { changes: [change({ runEpoch: 3 })] }],
    [
      'a run ended by who had lost it',
      'staleWrites',
      { changes: [change(), change({ kind: 'run', oldStatus: 'RUNNING', oldEpoch: 1, isByOwner: false })] },
    ],
    [
      'a final row that changed',
      'finalChanged',
      { changes: [change(), change({ kind: 'run', oldStatus: 'COMPLETED', newStatus: 'PENDING', oldEpoch: 1 })] },
    ],
    ['an epoch that shrank', 'epochsShrunk', { changes: [change({ oldEpoch: 2, oldStatus: 'RUNNING' })] }],
    ['a call before its time', 'startedEarly', { ledger: [call({ isReady: false })] }],
    ['a call of what is recorded', 'calledWrongly', { ledger: [call({ isRecorded: true })] }],
    ['a call without a lease', 'calledWrongly', { ledger: [call({ leaseLeftMs: -1 })] }],
    ['two calls under one claim', 'calledWrongly', { ledger: [call(), call()] }],
    [
      'more repeats after a takeover than can be in flight',
      'repeatedTooOften',
      { ledger: ['a', 'b'].flatMap((task) => [call({ task }), call({ task, epoch: 3, runEpoch: 3 })]) },
    ],
  ];

  it.each(cases)('finds %s', (_, name, evidence) => {
    expect(Object.keys(broken(judge({ ...whole, ...evidence })))).toContain(name);
  });

  it('does not hold against a zombie what its late line says of the run', () => {
    const late = call({ epoch: 1, runEpoch: 3, isRecorded: true });
    expect(broken(judge({ ...whole, ledger: [late, call({ epoch: 3, runEpoch: 3 })] }))).toEqual({});
  });
});
