import { all, allSettled, each, failed, optional, settled } from '../../src/decorators/edges';
import { compensation, flow, graphOf, issuesOf, messagesOf, task } from './sources';

const main = flow('main');

describe('buildGraph', () => {
  it('builds nodes in definition order, with edges as data', () => {
    const graph = graphOf([flow('main', ['b']), task('b', [optional('a')]), task('a')], { version: '7' });
    expect([...graph.nodes.keys()]).toEqual(['main', 'b', 'a']);
    expect(graph.nodes.get('b')?.edges).toEqual([{ rule: 'optional', from: 'a' }]);
    expect([...graph.flows.keys()]).toEqual(['main']);
    expect(graph).toMatchObject({ name: 'w', version: '7' });
  });

  it('reports everything at once', () => {
    expect(issuesOf([task('a', ['b']), task('c', ['c'], { retries: -1 }), task('1')], { queue: '' }, 'W')).toEqual([
      'INVALID_NAME W',
      'INVALID_OPTION W',
      'INVALID_OPTION W.c',
      'INVALID_NAME W.1',
      'UNKNOWN_DEPENDENCY W.a',
      'SELF_DEPENDENCY W.c',
      'NO_FLOW W',
    ]);
  });

  describe('names', () => {
    it.each(['a', '_', '$', 'a-b', 'A1', '__proto__', 'constructor', 'toString', 'hasOwnProperty', 'x'.repeat(100)])(
      'takes %p',
      (name) => {
        const graph = graphOf([task(name), flow('main', [name])]);
        expect(graph.flows.get('main')?.byName.get(name)?.name).toBe(name);
      },
    );

    it.each(['', ' ', '1a', '-a', 'a b', 'a/b', '../x', 'a.b', 'é', '😀', 'a\n', "'; drop", 'x'.repeat(101), '\u202e'])(
      'refuses %p',
      (name) => {
        expect(issuesOf([task(name), main])[0]).toMatch(/^INVALID_NAME/);
      },
    );

    it.each(['a', '0', 'a.b_c-d', 'x'.repeat(100)])('takes %p for a workflow', (name) => {
      expect(issuesOf([main], {}, name)).toEqual([]);
    });

    it.each(['', 'A', '-a', '.a', 'a b', 'a/b', 'ä', 'x'.repeat(101), undefined, 5, '__proto__'])(
      'refuses %p for a workflow',
      (name) => {
        expect(issuesOf([main], {}, name as string)).toEqual(name === undefined ? [] : ['INVALID_NAME W']);
      },
    );

    it('prints a hostile name on one line', () => {
      const [message] = messagesOf([task('a\n\u001b[31m\u2028"x'), main]);
      expect(message).not.toMatch(/[\n\u001b\u2028]/);
    });

    it('cuts a long name', () => {
      expect(messagesOf([task('x'.repeat(5_000)), main])[0]?.length).toBeLessThan(300);
    });

    it('refuses a name twice, also as a task and a flow', () => {
      expect(issuesOf([task('a'), task('a'), main])).toEqual(['DUPLICATE_NAME W.a']);
      expect(messagesOf([task('main'), main])).toEqual([
        expect.stringContaining('declared twice, as a task and as a flow'),
      ]);
    });
  });

  it('asks for a flow', () => {
    expect(issuesOf([task('a')])).toEqual(['NO_FLOW W']);
  });

  describe('dependencies', () => {
    it('suggests the name that was meant', () => {
      expect(messagesOf([task('processPayment'), flow('main', ['procesPayment'])])).toEqual([
        'dependsOn names "procesPayment", which is no task of this workflow; did you mean "processPayment"?',
      ]);
    });

    it('suggests nothing far-fetched', () => {
      expect(messagesOf([task('a'), flow('main', ['ship'])])).toEqual([
        'dependsOn names "ship", which is no task of this workflow; declare it, or correct the name',
      ]);
    });

    it('explains undefined', () => {
      expect(messagesOf([flow('main', [undefined])])).toEqual([expect.stringContaining('two files import each other')]);
    });

    it.each([null, 5, {}, { rule: 'maybe', from: 'a' }, { rule: 'all' }, [], () => 'a', Symbol('a')])(
      'refuses %p as an entry',
      (entry) => {
        expect(issuesOf([task('a'), flow('main', [entry])])).toEqual(['INVALID_DEPENDENCY W.main']);
      },
    );

    it('refuses holes of an array', () => {
      // eslint-disable-next-line no-sparse-arrays -- what a stray comma makes
      expect(issuesOf([task('a'), flow('main', ['a', ,])])).toEqual(['INVALID_DEPENDENCY W.main']);
    });

    it('refuses a dependsOn that is no array', () => {
      expect(issuesOf([task('a'), flow('main', 'a' as never)])).toEqual(['INVALID_OPTION W.main']);
    });

    it('refuses a name twice, with any edges', () => {
      expect(messagesOf([task('a'), flow('main', ['a', settled('a')])])).toEqual([
        `dependsOn names "a" twice, as 'a' and as settled('a'); keep one of them`,
      ]);
    });

    it('refuses a node that depends on itself', () => {
      expect(issuesOf([task('a', [optional('a')]), main])).toEqual(['SELF_DEPENDENCY W.a']);
    });

    it('refuses a task that depends on a flow, handlers excepted', () => {
      expect(issuesOf([task('a', ['main']), main])).toEqual(['DEPENDS_ON_FLOW W.a']);
      expect(issuesOf([task('a', [settled('main')]), main])).toEqual(['DEPENDS_ON_FLOW W.a']);
      expect(issuesOf([task('a', [failed('main')]), task('b', [settled('main')], { always: true }), main])).toEqual([]);
      expect(issuesOf([flow('other', ['main']), main])).toEqual(['DEPENDS_ON_FLOW W.other']);
    });

    it('refuses dependencies on compensations', () => {
      expect(issuesOf([task('a'), compensation('undo', 'a'), task('b', ['undo']), main])).toEqual([
        'DEPENDS_ON_COMPENSATION W.b',
      ]);
    });
  });

  describe('cycles', () => {
    it.each([
      [[task('a', ['b']), task('b', ['a'])], 'a → b → a'],
      [[task('a', ['c']), task('b', ['a']), task('c', ['b'])], 'a → c → b → a'],
      [[task('x', ['a']), task('a', ['b']), task('b', ['a'])], 'a → b → a'],
    ])('shows the path', (nodes, path) => {
      expect(messagesOf([...nodes, main])).toEqual([
        expect.stringContaining(`circle, so none could ever start: ${path};`),
      ]);
    });

    it('finds one through a handler and the flow', () => {
      expect(issuesOf([task('h', [failed('main')]), flow('main', ['h'])])).toEqual(['CYCLE W.h']);
    });

    it('reports each of several', () => {
      expect(issuesOf([task('a', ['b']), task('b', ['a']), task('c', ['d']), task('d', ['c']), main])).toEqual([
        'CYCLE W.a',
        'CYCLE W.c',
      ]);
    });

    it('cuts a long path and a long list', () => {
      const ring = Array.from({ length: 5_000 }, (_, i) => task(`n${i}`, [`n${(i + 1) % 5_000}`]));
      expect(messagesOf([...ring, main])[0]).toContain('n9 → … 4980 more … → n4990');
      const names = Array.from({ length: 40 }, (_, i) => `k${i}`);
      const tangle = names.map((name) =>
        task(
          name,
          names.filter((other) => other !== name),
        ),
      );
      expect(issuesOf([...tangle, main])).toHaveLength(10);
    });
  });

  describe('mapped tasks', () => {
    const list = task('list');
    const mapped = task('mapped', [each('list')]);

    it('takes all, allSettled and failed of one', () => {
      const nodes = [
        list,
        mapped,
        task('a', [all('mapped')]),
        task('b', [allSettled('mapped')]),
        task('c', [failed('mapped')]),
        main,
      ];
      expect(issuesOf(nodes)).toEqual([]);
      expect(graphOf(nodes).nodes.get('mapped')?.mapped).toBe(true);
    });

    it.each([
      ['mapped', "all('mapped')"],
      [optional('mapped'), "allSettled('mapped')"],
      [settled('mapped'), "allSettled('mapped')"],
      [each('mapped'), "all('mapped') in a task that returns the array"],
    ])('refuses %p and names the edge to use', (entry, instead) => {
      expect(issuesOf([list, mapped, task('a', [entry]), main])).toEqual(['MAPPED_UPSTREAM W.a']);
      expect(messagesOf([list, mapped, task('a', [entry]), main])).toEqual([expect.stringContaining(`use ${instead}`)]);
    });

    it.each([
      [all('list'), "use 'list'"],
      [allSettled('list'), "use settled('list')"],
    ])('refuses %p of a task that is not mapped', (entry, instead) => {
      expect(issuesOf([list, task('a', [entry]), main])).toEqual(['UNMAPPED_UPSTREAM W.a']);
      expect(messagesOf([list, task('a', [entry]), main])).toEqual([expect.stringContaining(instead)]);
    });

    it.each([
      [each('list'), 0, 'a whole number from 1 on, got 0'],
      [each('list'), 1.5, 'a whole number from 1 on, got 1.5'],
      [each('list'), '2', 'a whole number from 1 on, got "2"'],
      [settled('list'), 2, 'left out: only each has it, got 2'],
    ])('refuses %p with maxConcurrency %p', (entry, maxConcurrency, expected) => {
      const nodes = [list, task('a', [{ ...entry, maxConcurrency }]), main];
      expect(issuesOf(nodes)).toEqual(['INVALID_OPTION W.a']);
      expect(messagesOf(nodes)[0]).toBe(`maxConcurrency of ${entry.rule}('list') must be ${expected}`);
    });

    it('refuses a mapped flow and two each on one node', () => {
      expect(issuesOf([list, flow('main', [each('list')])])).toEqual(['MAPPED_FLOW W.main']);
      expect(issuesOf([list, task('other'), task('a', [each('list'), each('other')]), main])).toEqual([
        'SEVERAL_EACH W.a',
      ]);
    });
  });

  describe('compensations', () => {
    it('keeps what they compensate', () => {
      const graph = graphOf([task('pay'), compensation('refund', 'pay', { retries: 2 }), flow('main', ['pay'])]);
      expect(graph.nodes.get('refund')).toMatchObject({
        kind: 'compensation',
        compensates: 'pay',
        edges: [],
        options: { retries: { max: 2 } },
      });
    });

    it('refuses unknown tasks, flows, other compensations, and two of one task', () => {
      expect(messagesOf([task('pay'), compensation('refund', 'pya'), main])).toEqual([
        'it compensates "pya", which is no task of this workflow; did you mean "pay"?',
      ]);
      expect(issuesOf([compensation('undo', 'main'), main])).toEqual(['NOT_COMPENSABLE W.undo']);
      expect(issuesOf([task('a'), compensation('b', 'a'), compensation('c', 'b'), main])).toEqual([
        'NOT_COMPENSABLE W.c',
      ]);
      expect(issuesOf([task('a'), compensation('b', 'a'), compensation('c', 'a'), main])).toEqual([
        'DUPLICATE_COMPENSATION W.c',
      ]);
      expect(issuesOf([task('a'), compensation('b', undefined), main])).toEqual(['UNKNOWN_TASK W.b']);
    });

    it('takes no dependencies', () => {
      expect(issuesOf([task('a'), compensation('b', 'a', { dependsOn: ['a'] }), main])).toEqual(['UNKNOWN_OPTION W.b']);
    });
  });

  it('counts the parameters that nothing would fill', () => {
    const ship = (parameters: number) => ({ ...task('ship', ['a', 'b']), parameters });
    expect(issuesOf([task('a'), task('b'), ship(3), main])).toEqual([]);
    expect(issuesOf([task('a'), task('b'), ship(4), main])).toEqual(['TOO_MANY_PARAMETERS W.ship']);
    expect(issuesOf([{ ...task('a'), parameters: 2 }, main])).toEqual([]);
    expect(messagesOf([{ ...task('a'), parameters: 3 }, main])).toEqual([
      expect.stringContaining('gets the input and the context'),
    ]);
    expect(messagesOf([task('a'), { ...task('b', ['a']), parameters: 3 }, main])).toEqual([
      expect.stringContaining('gets 1 value and the context'),
    ]);
    expect(messagesOf([task('a'), { ...compensation('undo', 'a'), parameters: 3 }, main])).toEqual([
      expect.stringContaining("gets the task's result and the context"),
    ]);
  });
});
