import { all, each, failed, optional } from '../../src/decorators/edges';
import { toMermaid } from '../../src/graph/render';
import type { WorkflowGraph } from '../../src/graph/workflow-graph';
import { compensation, flow, graphOf, task } from './sources';

const graph = graphOf([
  task('list'),
  task('pay', [each('list')]),
  compensation('refund', 'pay'),
  task('end', [optional('list')]),
  task('alarm', [failed('main')]),
  flow('main', [all('pay')]),
  flow('other', ['end']),
]);

describe('toMermaid', () => {
  it('draws a workflow', () => {
    expect(toMermaid(graph)).toBe(
      [
        'flowchart TD',
        '  n0["list"]',
        '  n1[["pay"]]',
        '  n2{{"refund"}}',
        '  n3["end"]',
        '  n4["alarm"]',
        '  n5(["main"])',
        '  n6(["other"])',
        '  n0 -- each --> n1',
        '  n1 -. compensated by .-> n2',
        '  n0 -- optional --> n3',
        '  n5 -. failed .-> n4',
        '  n1 -- all --> n5',
        '  n3 --> n6',
        '',
      ].join('\n'),
    );
  });

  it('draws what one flow runs, and its compensations', () => {
    expect(toMermaid(graph, 'other').split('\n')).toEqual([
      'flowchart TD',
      '  n0["list"]',
      '  n1["end"]',
      '  n2(["other"])',
      '  n0 -- optional --> n1',
      '  n1 --> n2',
      '',
    ]);
    expect(toMermaid(graph, 'main')).toContain('refund');
  });

  it('knows no other flows', () => {
    expect(() => toMermaid(graph, 'mian')).toThrow('workflow "w" has no flow "mian"; its flows are main, other');
    expect(() => toMermaid(graph, 'list')).toThrow(RangeError);
  });

  it.each([
    'a"] --> x["b',
    'a\n  click n0 call alert(1)',
    '<img src=x onerror=alert(1)>',
    '</script><script>',
    '#quot;',
    '%%{init: {}}%%',
    '`**a**`',
    '😀 ü',
    '$a',
  ])('lets no name out of its label: %p', (name) => {
    // The builder refuses such names; a graph from elsewhere may still hold them.
    const node = graphOf([task('x'), flow('main', ['x'])]).nodes;
    const hostile: WorkflowGraph = {
      ...graphOf([task('x'), flow('main', ['x'])]),
      flows: new Map(),
      nodes: new Map([
        [name, { ...node.get('x')!, name }],
        ['main', { ...node.get('main')!, edges: [{ rule: 'completed', from: name }] }],
      ]),
    };
    const lines = toMermaid(hostile).split('\n');
    expect(lines).toHaveLength(5);
    expect(lines[1]).toMatch(/^ {2}n0\["(?:[\w-]|#\d+;)+"\]$/);
    expect(lines[3]).toBe('  n0 --> n1');
  });

  it('is drawn by the graph itself, too', () => {
    const graph = graphOf([task('x'), flow('main', ['x'])]);
    expect(graph.toMermaid()).toBe(toMermaid(graph));
    expect(graph.toMermaid('main')).toBe(toMermaid(graph, 'main'));
  });
});
