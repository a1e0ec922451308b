import { ArgumentError } from '../../../src/core/errors/definition-error';
import { explainRun } from '../../../src/runner/explain/explanation';
import { aNode, aRun, aSilentWorker, at, aWorker, NOW } from './explain-fixture';
import { checked, explain, flow, payRuns, reserving, running, worker } from './orders-fixture';

describe('a node is explained', () => {
  it('when its worker is silent', () => {
    const { nodes } = explain({ ...running, nodes: [checked, payRuns] }, 'pay', [aSilentWorker('a'), aWorker('b')]);
    expect(nodes).toMatchObject([
      {
        status: 'RUNNING',
        reason: { code: 'owner-silent', worker, heirs: 1 },
        sentence: expect.stringMatching(/^attempt 2 was cut off; the run is not executed: its worker "host:a" gave/),
      },
    ]);
  });

  it('as an instance, with its index', () => {
    const nodes = [checked, reserving, aNode('reserve', { index: 7, status: 'RUNNING', startedAt: at(-2) })];
    expect(explain({ ...running, nodes }, 'reserve').nodes).toMatchObject([
      { task: 'reserve' },
      { task: 'reserve', index: 7, reason: { code: 'running', attempt: 1, of: 1 } },
    ]);
    // Beyond the array that a retry began with there is only history.
    const shorter = [checked, { ...reserving, elements: 5 }, aNode('reserve', { index: 7, status: 'RUNNING' })];
    expect(explain({ ...running, nodes: shorter }, 'reserve').nodes).toHaveLength(1);
  });

  it('beside all others that are not COMPLETED, in definition order', () => {
    const explanation = explain({ ...running, nodes: [payRuns, checked, reserving] });
    expect(explanation.nodes.map(({ task, status }) => `${task} ${status}`)).toEqual([
      ...['pay RUNNING', 'reserve RUNNING', 'ship PENDING', 'apologise PENDING', 'report PENDING', 'main PENDING'],
    ]);
    expect(String(explanation).split('\n')).toEqual([
      `run ${explanation.run.id} of orders.main is RUNNING: ${explanation.run.sentence}`,
      ...explanation.nodes.map(({ task, status, sentence }) => `  "${task}" is ${status}: ${sentence}`),
    ]);
  });

  it('from its record alone, where the code is not known or another', () => {
    for (const other of [undefined, { ...flow, fingerprint: 'other' } as typeof flow]) {
      const explanation = explain({ ...running, nodes: [checked, payRuns] }, undefined, [aWorker('a')], {
        flow: other,
      });
      expect(explanation.run.isCodeKnown).toBe(false);
      expect(explanation.nodes).toMatchObject([
        { task: 'pay', sentence: 'worker "host:a" runs attempt 2 since 2026-01-31T11:59:30.000Z (30 s ago)' },
      ]);
      expect(String(explanation)).toContain('the code that began it is not registered here');
    }
  });

  it('only if it exists', () => {
    expect(() => explain(running, 'pya')).toThrow(ArgumentError);
    expect(() => explain(running, 'pya')).toThrow(
      'explain.task names "pya", which is no node of flow "main"; its nodes are check, pay, reserve, ship, apologise, report, main',
    );
    expect(() => explainRun(aRun(running), undefined, { now: NOW, workers: [] }, 0, 'pay')).toThrow(
      'explain.task names "pay", which has no record in this run',
    );
    expect(explain({ ...running, nodes: [checked] }, 'check').nodes).toMatchObject([{ status: 'COMPLETED' }]);
  });
});
