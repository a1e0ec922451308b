import { all, each } from '../../src/decorators/edges';
import { outlineOf, placesOf } from '../../src/graph/flow-outline';
import { findMisfit } from '../../src/graph/misfit';
import type { RecordOutline } from '../../src/graph/misfit';
import { flow, flowOf, task } from './sources';

const graph = flowOf([task('a'), task('b', [each('a')]), flow('main', [all('b')])]);
const places = placesOf(outlineOf(graph));
const record = (node: string, overrides: Partial<RecordOutline> = {}): RecordOutline => ({
  node,
  kind: 'task',
  status: 'COMPLETED',
  shape: graph.byName.get(node)?.shape ?? '',
  isArray: true,
  ...overrides,
});

describe('records and a graph', () => {
  it('have places of the same shapes as the graph itself', () => {
    expect([...places].map(([name, { shape }]) => [name, shape])).toEqual(
      graph.nodes.map(({ name, shape }) => [name, shape]),
    );
  });

  it.each<[string, RecordOutline, unknown]>([
    ['one that stands', record('a'), undefined],
    ['one without a record yet', record('gone', { status: 'PENDING' }), undefined],
    ['one whose node is gone', record('gone'), { code: 'gone', node: 'gone', isFinal: true }],
    [
      'one of another shape',
      record('b', { shape: 'x', status: 'RUNNING' }),
      { code: 'changed', node: 'b', isFinal: false },
    ],
    [
      'a value that is to be mapped over',
      record('a', { isArray: false }),
      { code: 'not-an-array', node: 'a', isFinal: true },
    ],
    ['a value that is not there yet', record('a', { isArray: false, status: 'WAITING' }), undefined],
  ])('fit or not: %s', (_, one, expected) => {
    expect(findMisfit([record('main'), one, record('other', { status: 'PENDING' })], places)).toEqual(expected);
  });
});
