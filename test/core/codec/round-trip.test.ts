import { inspect, isDeepStrictEqual } from 'node:util';
import vm from 'node:vm';
import fc from 'fast-check';
import { decode } from '../../../src/core/codec/decode';
import { encode } from '../../../src/core/codec/encode';
import { keptValues } from './arbitrary-values';

const store = (value: unknown): string => encode(value, { what: 'value' });
const roundTrip = (value: unknown): unknown => decode(store(value));
const show = (value: unknown): string => inspect(value, { depth: Infinity });

describe('what arrives as it was sent', () => {
  const kept: readonly (readonly [string, unknown])[] = [
    ['plain JSON', { a: [1, 'two', true, null], b: { c: {} } }],
    ['undefined', undefined],
    ['undefined in objects and arrays', { a: undefined, b: [undefined] }],
    ['NaN', NaN],
    ['infinities', [Infinity, -Infinity]],
    ['-0', -0],
    ['bigint', 2n ** 70n],
    ['negative bigint', -1n],
    ['Date', new Date('2024-02-29T12:00:00.123Z')],
    ['Date beyond year 9999', new Date(8.64e15)],
    [
      'Map',
      new Map<unknown, unknown>([
        ['a', 1],
        [{ k: 1 }, new Map()],
      ]),
    ],
    ['Set', new Set([1, 'a', new Set([2])])],
    ['Buffer', Buffer.from('héllo')],
    ['URL', new URL('https://user@example.com/a?b=c#d')],
    ['RegExp', /a\/[b]+/giu],
    ['ArrayBuffer', Uint8Array.of(1, 2, 3).buffer],
    ['DataView', new DataView(Uint8Array.of(1, 2, 3).buffer)],
    ['Int8Array', Int8Array.of(-1, 2)],
    ['Uint8Array', Uint8Array.of(1, 255)],
    ['Uint8ClampedArray', Uint8ClampedArray.of(1, 255)],
    ['Int16Array', Int16Array.of(-1, 300)],
    ['Uint16Array', Uint16Array.of(1, 300)],
    ['Int32Array', Int32Array.of(-1, 70_000)],
    ['Uint32Array', Uint32Array.of(1, 70_000)],
    ['Float32Array', Float32Array.of(0.5, NaN)],
    ['Float64Array', Float64Array.of(0.1, -0)],
    ['BigInt64Array', BigInt64Array.of(-1n)],
    ['BigUint64Array', BigUint64Array.of(1n)],
    ['keys that look like tags', { $type: 'Date', $$type: 1, value: 'x', $other: { $type: 1 } }],
    ['kept types in one another', new Map([['at', [new Date(0), new Set([{ n: 1n }])]]])],
    ['text of other scripts', { ключ: '値 😀', é: '' }],
  ];

  it.each(kept)('%s', (_, value) => {
    const sorted = { depth: Infinity, sorted: true };
    expect(inspect(roundTrip(value), sorted)).toBe(inspect(value, sorted));
    expect(isDeepStrictEqual(roundTrip(value), value)).toBe(true);
  });

  it('keeps every such value, and stores what it has kept as the same text', () => {
    fc.assert(
      fc.property(keptValues, (value) => {
        const text = store(value);
        expect(isDeepStrictEqual(decode(text), value)).toBe(true);
        expect(store(decode(text))).toBe(text);
      }),
      { numRuns: 500 },
    );
  });

  it('stores plain JSON as itself', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'grapheme' }), (value) => {
        fc.pre(!/\$type|\\u0000|-0/.test(JSON.stringify(value) + show(value)));
        expect(JSON.parse(store(value))).toEqual(value);
      }),
    );
    expect(store({ ok: true, i: 1 })).toBe('{"i":1,"ok":true}');
  });

  it('cuts a typed array out of the larger buffer it looks at', () => {
    const view = new Uint16Array(Uint16Array.of(1, 2, 3, 4).buffer, 2, 2);
    expect(roundTrip(view)).toEqual(Uint16Array.of(2, 3));
    expect((roundTrip(view) as Uint16Array).buffer.byteLength).toBe(4);
  });

  it('gives a copy, shared references as copies too', () => {
    const shared = { n: 1 };
    const copy = roundTrip({ a: shared, b: shared }) as { a: object; b: object };
    expect(copy).toEqual({ a: { n: 1 }, b: { n: 1 } });
    expect(copy.a).not.toBe(copy.b);
  });

  it('keeps a key __proto__ as data, and pollutes nothing', () => {
    const hostile = JSON.parse('{"__proto__":{"polluted":true,"at":1},"$type":{"__proto__":2}}') as object;
    const copy = roundTrip({ hostile, at: new Date(0) }) as { hostile: object };
    expect(Object.keys(copy.hostile).sort()).toEqual(['$type', '__proto__']);
    expect(Object.getPrototypeOf(copy.hostile)).toBe(Object.prototype);
    expect(show(roundTrip(hostile))).toContain('polluted');
    expect(({} as { polluted?: true }).polluted).toBeUndefined();
  });
});

/** The language's `arguments`, which no modern code writes any more. */
const argumentsOf = new Function('return arguments') as (...given: number[]) => unknown;

describe('what arrives changed', () => {
  class Money {
    readonly #secret = 1;
    readonly note = undefined;
    constructor(
      readonly amount: number,
      readonly at: Date,
    ) {}
    get double(): number {
      return this.amount * 2 * this.#secret;
    }
  }

  it('instances arrive as plain objects of their enumerable data', () => {
    const copy = roundTrip(new Money(5, new Date(0)));
    expect(isDeepStrictEqual(copy, { amount: 5, at: new Date(0), note: undefined })).toBe(true);
  });

  it.each<[string, () => unknown, unknown]>([
    ['null-prototype objects', () => Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
    ['holes become undefined', () => Object.assign(new Array(3), { 0: 1, 2: 3 }), [1, undefined, 3]],
    ['symbol keys are dropped', () => ({ a: 1, [Symbol('s')]: 2 }), { a: 1 }],
    ['other properties of arrays are dropped', () => Object.assign([1], { extra: 2 }), [1]],
    ['boxed number', () => new Number(NaN), NaN],
    ['boxed string', () => new String('s'), 's'],
    ['boxed boolean', () => new Boolean(false), false],
    ['boxed bigint', () => Object(1n), 1n],
    ['getters are read once', () => counting(), { first: 1 }],
    ['a proxy that answers', () => new Proxy({ a: 1 }, {}), { a: 1 }],
    ['arguments', () => argumentsOf(1, 2), { 0: 1, 1: 2 }],
    ['no arguments', () => argumentsOf(), {}],
    ['lastIndex of a RegExp', () => Object.assign(/a/g, { lastIndex: 3 }), /a/g],
    ['a subclass of Map', () => new (class Prices extends Map<string, number> {})([['a', 1]]), new Map([['a', 1]])],
    ['a subclass of Uint8Array that hides', () => new Disguised([1]), Uint8Array.of(1)],
    ['toJSON', () => ({ toJSON: () => ({ a: 1 }) }), { a: 1 }],
    ['toJSON of an instance', () => new (class { toJSON = (): Date => new Date(0) })(), new Date(0)], // prettier-ignore
    ['toJSON that gives text', () => ({ toJSON: () => 'text' }), 'text'],
    ['toJSON that gives undefined', () => ({ toJSON: () => undefined }), undefined],
    ['toJSON of an array', () => Object.assign([1], { toJSON: () => 'list' }), 'list'],
    ['toJSON is asked once', () => selfish(), { kind: 'self' }],
    [
      'an object of another realm',
      () => vm.runInNewContext('({ a: [1], at: new Date(0) })'),
      { a: [1], at: new Date(0) },
    ],
  ])('%s', (_, make, expected) => {
    expect(show(roundTrip(make()))).toBe(show(expected));
  });

  it('unwraps nothing twice: a toJSON that gives a Date keeps it a Date, though dates have a toJSON too', () => {
    expect(store({ toJSON: () => new Date(0) })).toBe('{"$type":"Date","value":"1970-01-01T00:00:00.000Z"}');
  });

  class Disguised extends Uint8Array {
    override get [Symbol.toStringTag](): 'Uint8Array' {
      return 'Disguise' as 'Uint8Array';
    }
  }

  function counting(): object {
    let reads = 0;
    return {
      get first() {
        return ++reads;
      },
    };
  }

  function selfish(): object {
    class Selfish {
      kind = 'self';
      toJSON(): this {
        return this;
      }
    }
    return new Selfish();
  }
});

describe('errors as values', () => {
  it('keep name, message, code, stack, cause and own data', () => {
    const cause = new RangeError('too far');
    const error = Object.assign(new TypeError('wrong', { cause }), { code: 'E_WRONG', at: new Date(0) });
    const copy = roundTrip({ error }) as { error: TypeError & { code: string; at: Date } };
    expect(copy.error).toBeInstanceOf(TypeError);
    expect(copy.error.cause).toBeInstanceOf(RangeError);
    expect(copy.error).toMatchObject({ name: 'TypeError', message: 'wrong', code: 'E_WRONG', stack: error.stack });
    expect(copy.error.at).toEqual(new Date(0));
    expect(Object.keys(copy.error)).toEqual(['code', 'at']);
  });

  it('come back with the name of a class that the reader does not have', () => {
    class PaymentError extends Error {
      override name = 'PaymentError';
    }
    const copy = roundTrip(new PaymentError('declined')) as Error;
    expect(copy).toBeInstanceOf(Error);
    expect(String(copy)).toBe('PaymentError: declined');
    expect(Object.keys(copy)).toEqual([]);
  });

  it('list their members', () => {
    const copy = roundTrip(new AggregateError([new Error('a'), 'b'], 'both')) as AggregateError;
    expect(copy).toBeInstanceOf(AggregateError);
    expect(copy.errors).toEqual([new Error('a'), 'b']);
    expect(Object.keys(copy)).toEqual([]);
  });

  it('keep `errors` that are data of theirs as data', () => {
    const copy = roundTrip(Object.assign(new Error('invalid'), { errors: ['name is empty'] })) as AggregateError;
    expect(copy).not.toBeInstanceOf(AggregateError);
    expect(copy.errors).toEqual(['name is empty']);
  });

  it('of a subclass of AggregateError list them even when they show', () => {
    const error = new AggregateError([1], 'm');
    Object.defineProperty(error, 'errors', { enumerable: true });
    expect(roundTrip(error)).toBeInstanceOf(AggregateError);
  });

  it('without a stack have none, and a DOMException is an error', () => {
    const bare = new Error('bare');
    Object.defineProperty(bare, 'stack', { value: undefined });
    expect((roundTrip(bare) as Error).stack).toBeUndefined();
    expect(roundTrip(new DOMException('stop', 'AbortError'))).toMatchObject({ name: 'AbortError', message: 'stop' });
  });

  it('with a message that is no text keep it', () => {
    const odd = new Error('');
    Object.defineProperty(odd, 'message', { value: { reason: 1 } });
    expect((roundTrip(odd) as Error).message).toEqual({ reason: 1 });
  });
});
