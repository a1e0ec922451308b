import { inspect } from 'node:util';
import { defineWorkflow } from '../../src';
import type { TaskContext } from '../../src';

class Point {
  constructor(
    readonly x: number,
    readonly y: number,
  ) {}
  length(): number {
    return Math.hypot(this.x, this.y);
  }
}

/** One of each kind of value that design rule 8 says survives. */
export function oneOfEach(): Record<string, unknown> {
  return {
    zebra: 1,
    a: 2,
    10: 'ten',
    2: 'two',
    date: new Date('2024-02-29T12:00:00.123Z'),
    map: new Map<unknown, unknown>([
      ['k', new Set([1n, undefined])],
      [{ o: 1 }, NaN],
    ]),
    big: 9007199254740993n,
    nothing: undefined,
    // eslint-disable-next-line no-sparse-arrays -- a hole is one of the cases
    holes: [1, , 3],
    numbers: [NaN, Infinity, -Infinity, -0, 0, 1e21, 5e-324, 2 ** 53],
    buffer: Buffer.from('héllo'),
    floats: new Float64Array([1.5, -0]),
    bytes: new Uint8Array([1, 2, 255]).buffer,
    url: new URL('https://example.com/a?b=c#d'),
    pattern: /a+b/giu,
    error: Object.assign(new RangeError('too far', { cause: new Error('why') }), {
      code: 'E_FAR',
      stack: 'RangeError: too far',
    }),
    point: new Point(3, 4),
    custom: { toJSON: () => ({ honoured: true }) },
    ['__proto__ as data']: JSON.parse('{"__proto__": {"polluted": true}}') as unknown,
    $type: 'a user key that looks like a tag',
    nested: { $type: { $type: 'twice' }, emoji: '👩‍🚀', rtl: 'שלום', quote: '"\\' },
    boxed: Object('text'),
    empty: [{}, [], '', null, false],
  };
}

/** Keeps what a dependent was handed, in text, and fails after the first time: a retry then reads the value from its record. */
export function valuesWorkflow(shown: string[]) {
  return defineWorkflow('values')
    .task('make', async () => oneOfEach())
    .task('look', { dependsOn: ['make'] }, async (value: Record<string, unknown>) => {
      shown.push(show(value));
      if (shown.length === 1) throw new Error('look again');
    })
    .flow(
      'main',
      { dependsOn: ['make', 'look'] },
      async (value: Record<string, unknown>, _: unknown, _ctx: TaskContext<void>) => value,
    )
    .build();
}

/** Types, order of keys and contents of a value, but no stack. */
export function show(value: unknown): string {
  return inspect(value, { depth: 10, showHidden: false, sorted: false, breakLength: 100 }).replace(/\n\s+at .*/g, '');
}
