import { explainRun } from '../../../src/runner/explain/explanation';
import { flowOf } from '../../planner/flow-fixture';
import { aNode, aRun, aWorker, at, NOW } from './explain-fixture';

describe('what is said of a compensation', () => {
  const flow = flowOf([
    { name: 'book', undo: {} },
    { name: 'pack', edges: ['book'] },
    { name: 'pay', edges: ['pack'], undo: {} },
    { name: 'main', edges: ['pay'] },
  ]);
  const failed = aNode('main', { kind: 'flow', status: 'FAILED' });
  const sentences = (nodes: readonly ReturnType<typeof aNode>[], task?: string): string[] => {
    const run = aRun({
      fingerprint: flow.fingerprint,
      status: 'RUNNING',
      owner: 'w1',
      epoch: 1,
      startedAt: at(-9),
      nodes,
    });
    const explanation = explainRun(run, flow, { now: NOW, workers: [aWorker('w1')] }, 0, task);
    return explanation.nodes.map((node) => `${node.task}: ${node.sentence}`);
  };

  it('that is next, and of one that waits for it by way of a task without one', () => {
    const nodes = [aNode('book'), aNode('pack'), aNode('pay'), failed];
    expect(sentences(nodes).slice(1)).toEqual([
      'undo-book: it waits for "undo-pay", which is PENDING',
      'undo-pay: all that it depends on is over; worker "host:w1" is about to call it, or has just done so',
    ]);
  });

  it('whose task went well in another run: it is passed over', () => {
    const nodes = [aNode('book'), aNode('pack'), aNode('pay', { reusedFrom: 'other' }), failed];
    expect(sentences(nodes).slice(1)).toEqual([
      'undo-book: all that it depends on is over; worker "host:w1" is about to call it, or has just done so',
    ]);
    expect(sentences(nodes, 'undo-pay')).toEqual([
      'undo-pay: there is nothing to undo: "pay" is COMPLETED, but not by this run',
    ]);
  });

  it('while tasks are at work: only where it is asked for', () => {
    const nodes = [aNode('book'), aNode('pack')];
    expect(sentences(nodes).map((sentence) => sentence.split(':')[0])).toEqual(['pay', 'main']);
    expect(sentences(nodes, 'undo-book')).toEqual([
      'undo-book: it undoes "book" when all nodes are over, if the run does not go well',
    ]);
  });
});
