import fc from 'fast-check';
import { all, each, failed, optional, settled } from '../../src/decorators/edges';
import { sortTopologically } from '../../src/graph/topological-order';
import type { FlowGraph } from '../../src/graph/workflow-graph';
import type { NodeSource } from '../../src/graph/workflow-source';
import { compensation, flow, flowOf, task } from './sources';

const namesOf = ({ nodes }: FlowGraph): string[] => nodes.map(({ name }) => name);
const orderOf = ({ order, nodes }: FlowGraph): (string | undefined)[] => order.map((position) => nodes[position]?.name);

describe('the graph of a flow', () => {
  it('holds the flow and everything upstream, in definition order', () => {
    const nodes = [flow('main', ['c']), task('c', ['a']), task('unused', ['a']), task('a'), flow('other')];
    const graph = flowOf(nodes);
    expect(namesOf(graph)).toEqual(['main', 'c', 'a']);
    expect(orderOf(graph)).toEqual(['a', 'c', 'main']);
    expect(graph.flow.name).toBe('main');
    expect(namesOf(flowOf(nodes, 'other'))).toEqual(['other']);
  });

  it('keeps the order of definition where dependencies leave a choice', () => {
    expect(orderOf(flowOf([task('a'), task('b'), task('c', ['b']), task('d'), flow('main', ['d', 'c', 'a'])]))).toEqual(
      ['a', 'b', 'c', 'd', 'main'],
    );
  });

  it('links nodes both ways', () => {
    const graph = flowOf([task('list'), task('m', ['list2', each('list')]), task('list2'), flow('main', [all('m')])]);
    const m = graph.byName.get('m');
    expect(m).toMatchObject({ position: 1, mapped: true, eachEdge: 1, handler: false, always: false, kind: 'task' });
    expect(m?.edges[0]?.upstream).toBe(graph.byName.get('list2'));
    expect(graph.byName.get('list')?.dependents).toEqual([{ node: m, edge: 1 }]);
    expect(graph.flow).toMatchObject({ eachEdge: -1, mapped: false });
    expect(graph.nodes.every((node, position) => node.position === position)).toBe(true);
  });

  describe('handlers', () => {
    it('come in when all they depend on is there', () => {
      const nodes = [
        task('a'),
        task('b'),
        task('onA', [failed('a')]),
        task('onB', [failed('b')]),
        task('onBoth', [failed('a'), optional('b')]),
        task('finally', [], { always: true }),
        flow('main', ['a']),
      ];
      expect(namesOf(flowOf(nodes))).toEqual(['a', 'onA', 'finally', 'main']);
    });

    it('bring in handlers of handlers, in any order, but no ordinary tasks', () => {
      const nodes = [
        task('last', [settled('middle')], { always: true }),
        task('ordinary', ['first']),
        task('middle', [failed('first')]),
        task('first', [failed('main')]),
        flow('main'),
      ];
      expect(namesOf(flowOf(nodes))).toEqual(['last', 'middle', 'first', 'main']);
      expect(orderOf(flowOf(nodes))).toEqual(['main', 'first', 'middle', 'last']);
    });

    it('are those of this flow only', () => {
      const nodes = [task('h', [failed('main')]), flow('main'), flow('other')];
      expect(namesOf(flowOf(nodes))).toEqual(['h', 'main']);
      expect(namesOf(flowOf(nodes, 'other'))).toEqual(['other']);
    });

    it('may be something that the flow itself needs', () => {
      const graph = flowOf([task('a'), task('h', [failed('a')]), flow('main', [optional('h')])]);
      expect(graph.byName.get('h')).toMatchObject({ handler: true });
      expect(orderOf(graph)).toEqual(['a', 'h', 'main']);
    });
  });

  it('leaves compensations to the workflow', () => {
    expect(namesOf(flowOf([task('a'), compensation('undo', 'a'), flow('main', ['a'])]))).toEqual(['a', 'main']);
  });

  it('is always a topological order of exactly what is reachable', () => {
    fc.assert(
      fc.property(randomNodes(), (nodes) => {
        const graph = flowOf(nodes);
        const rank = new Map(graph.order.map((position, i) => [graph.nodes[position], i]));
        expect(rank.size).toBe(graph.nodes.length);
        for (const node of graph.nodes) {
          for (const { upstream } of node.edges) {
            expect(rank.get(upstream)).toBeLessThan(rank.get(node) as number);
          }
        }
        const positions = new Map(nodes.map(({ name }, i) => [name, i]));
        const definition = graph.nodes.map(({ name }) => positions.get(name) as number);
        expect(definition).toEqual([...definition].sort((a, b) => a - b));
      }),
    );
  });

  describe('of a large workflow', () => {
    it('survives a chain of 10,000', () => {
      const chain = Array.from({ length: 10_000 }, (_, i) => task(`n${i}`, i === 0 ? [] : [`n${i - 1}`]));
      expect(flowOf([...chain, flow('main', ['n9999'])]).order).toHaveLength(10_001);
      expect(flowOf([flow('main', ['n9999']), ...chain.reverse()]).order).toHaveLength(10_001);
    });

    it('survives 10,000 side by side, and 10,000 handlers in a chain', () => {
      const fan = Array.from({ length: 10_000 }, (_, i) => task(`n${i}`, ['root']));
      const graph = flowOf([
        task('root'),
        ...fan,
        flow(
          'main',
          fan.map(({ name }) => name),
        ),
      ]);
      expect(graph.byName.get('root')?.dependents).toHaveLength(10_000);
      const handlers = Array.from({ length: 10_000 }, (_, i) =>
        task(`h${i}`, [failed(i === 0 ? 'main' : `h${i - 1}`)]),
      );
      expect(flowOf([...handlers.reverse(), flow('main')]).nodes).toHaveLength(10_001);
    });

    it('looks at each edge of 20 diamonds in a row, not at each of their million paths', () => {
      const { order, looks } = countLooks(diamonds(20));
      expect(order).toHaveLength(60);
      expect(looks).toBe(60 + 20 * 2 + 19 * 2);
      const last = flowOf([
        ...[...diamonds(20)].map(([name, upstream]) => task(name, upstream)),
        flow('main', ['end19']),
      ]);
      expect(last.nodes).toHaveLength(61);
    });
  });
});

function diamonds(count: number): Map<string, readonly string[]> {
  const upstream = new Map<string, readonly string[]>();
  for (let i = 0; i < count; i++) {
    const top = i === 0 ? [] : [`end${i - 1}`];
    upstream
      .set(`left${i}`, top)
      .set(`right${i}`, top)
      .set(`end${i}`, [`left${i}`, `right${i}`]);
  }
  return upstream;
}

/** Sorts, and counts how many nodes and edges were asked for. */
function countLooks(graph: ReadonlyMap<string, readonly string[]>): { order: readonly string[]; looks: number } {
  let looks = 0;
  const { order } = sortTopologically(graph.keys(), function* upstreamOf(name) {
    looks += 1;
    for (const upstream of graph.get(name) ?? []) {
      looks += 1;
      yield upstream;
    }
  });
  return { order, looks };
}

/** Acyclic workflows, defined in any order. */
function randomNodes(): fc.Arbitrary<NodeSource[]> {
  const spec = fc.record({
    picks: fc.array(fc.nat(30), { maxLength: 4 }),
    always: fc.boolean(),
    isFailed: fc.boolean(),
    rank: fc.nat(),
  });
  return fc.array(spec, { minLength: 1, maxLength: 25 }).map((specs) => {
    const nodes = specs.map(({ picks, always, isFailed }, i) => {
      const upstream = [...new Set(picks.filter((pick) => pick < i))].map((pick) => `n${pick}`);
      return task(
        `n${i}`,
        upstream.map((name, at) => (isFailed && at === 0 ? failed(name) : name)),
        { always },
      );
    });
    const shuffled = nodes.map((node, i) => ({ node, rank: specs[i]?.rank ?? 0 })).sort((a, b) => a.rank - b.rank);
    return [...shuffled.map(({ node }) => node), flow('main', [`n${specs.length - 1}`])];
  });
}
