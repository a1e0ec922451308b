import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { all, each, failed, optional } from '../../src/decorators/edges';
import type { NodeSource } from '../../src/graph/workflow-source';
import { compensation, flow, flowOf, graphOf, task } from './sources';

const nodes = [task('a'), task('b', ['a']), task('m', [each('a'), 'b']), flow('main', [all('m'), 'b'])];
const fingerprint = (sources: readonly NodeSource[]): string => flowOf(sources).fingerprint;
const shape = (sources: readonly NodeSource[], name: string): string | undefined =>
  flowOf(sources).byName.get(name)?.shape;

/** `nodes` with one of them replaced. */
function changed(name: string, by: NodeSource): NodeSource[] {
  return nodes.map((node) => (node.name === name ? by : node));
}

describe('the fingerprint of a flow', () => {
  it('does not depend on the order of definition', () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray(nodes, { minLength: nodes.length }),
        (shuffled) => fingerprint(shuffled) === fingerprint(nodes),
      ),
    );
  });

  it('stays what it was in earlier versions, because runs remember it', () => {
    const shapeA = createHash('sha256').update('["task",false,[]]').digest('hex').slice(0, 16);
    const shapeMain = createHash('sha256').update('["flow",false,[["completed","a"]]]').digest('hex').slice(0, 16);
    const expected = createHash('sha256').update(`a ${shapeA}\nmain ${shapeMain}`).digest('hex').slice(0, 32);
    expect(fingerprint([task('a'), flow('main', ['a'])])).toBe(expected);
  });

  it.each<[string, NodeSource[]]>([
    ['options', changed('b', task('b', ['a'], { retries: 3, timeout: false, queue: 'q', transactional: true }))],
    ['what the flow does not run', [...nodes, task('unused'), flow('other', ['unused'])]],
    ['compensations', [...nodes, compensation('undo', 'b')]],
    ['onFailure', changed('main', flow('main', [all('m'), 'b'], { onFailure: 'finish' }))],
  ])('does not count %s', (_, sources) => {
    expect(fingerprint(sources)).toBe(fingerprint(nodes));
  });

  it.each<[string, NodeSource[]]>([
    ['an edge less', changed('main', flow('main', [all('m')]))],
    ['another order of edges', changed('main', flow('main', ['b', all('m')]))],
    ['another rule', changed('b', task('b', [optional('a')]))],
    [
      'mapping',
      changed('b', task('b', [each('a')]))
        .map((node) => (node.name === 'main' ? flow('main', [all('m'), all('b')]) : node))
        .map((node) => (node.name === 'm' ? task('m', [each('a')]) : node)),
    ],
    ['a node more', [...nodes, task('h', [failed('main')])]],
    ['another name', [task('a2'), task('b', ['a2']), task('m', [each('a2'), 'b']), flow('main', [all('m'), 'b'])]],
  ])('counts %s', (_, sources) => {
    expect(fingerprint(sources)).not.toBe(fingerprint(nodes));
  });
});

describe('the shape of a node', () => {
  it('is that of its kind and edges alone', () => {
    expect(shape(nodes, 'b')).toMatch(/^[0-9a-f]{16}$/);
    expect(shape(changed('b', task('b', ['a'], { retries: 3 })), 'b')).toBe(shape(nodes, 'b'));
    expect(shape([...nodes, task('h', [failed('main')])], 'b')).toBe(shape(nodes, 'b'));
    expect(shape(changed('b', task('b', [optional('a')])), 'b')).not.toBe(shape(nodes, 'b'));
    expect(shape([task('a'), flow('main', ['a'])], 'main')).not.toBe(
      shape([task('a'), task('x', ['a']), flow('main', ['x'])], 'x'),
    );
  });
});

describe('the fingerprint of a workflow', () => {
  const whole = (sources: readonly NodeSource[]): string => graphOf(sources).fingerprint;

  it('covers every node, also those outside of a flow, and nothing else', () => {
    expect(whole([...nodes].reverse())).toBe(whole(nodes));
    expect(whole([...nodes, task('unused')])).not.toBe(whole(nodes));
    expect(whole(changed('b', task('b')))).not.toBe(whole(nodes));
  });
});
