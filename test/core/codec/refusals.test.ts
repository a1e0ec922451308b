import { EventEmitter } from 'node:events';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { decode } from '../../../src/core/codec/decode';
import { encode } from '../../../src/core/codec/encode';
import { TYPED_ARRAYS } from '../../../src/core/codec/tags';
import type { TypedArrayConstructor } from '../../../src/core/codec/tags';
import { ValueNotStorableError } from '../../../src/core/errors/task-errors';

function refusal(value: unknown): ValueNotStorableError {
  try {
    encode(value, { what: 'result of "pay"' });
  } catch (error) {
    if (error instanceof ValueNotStorableError) return error;
    throw error;
  }
  throw new Error('the value was stored');
}

const throwing = (error: unknown): never => {
  throw error;
};

describe('what is refused', () => {
  it.each<[string, () => unknown, RegExp]>([
    ['a function', () => () => 1, /a function/],
    ['a class', () => class {}, /a function/],
    ['a symbol', () => Symbol('s'), /a symbol/],
    ['a boxed symbol', () => Object(Symbol('s')), /a symbol/],
    ['a promise', () => Promise.resolve(1), /a promise; await it/],
    ['a thenable', () => new (class { then(): void {} })(), /a promise; await it/], // prettier-ignore
    ['a node stream', () => Readable.from(['a']), /a stream/],
    ['a web stream', () => new ReadableStream(), /a stream/],
    ['a generator', () => (function* () { yield 1; })(), /a generator or iterator/], // prettier-ignore
    ['an async generator', () => (async function* () { yield 1; })(), /a generator or iterator/], // prettier-ignore
    ['an iterator', () => new Map([[1, 2]]).entries(), /a generator or iterator/],
    ['a WeakMap', () => new WeakMap(), /a WeakMap/],
    ['a WeakSet', () => new WeakSet(), /a WeakSet/],
    ['a WeakRef', () => new WeakRef({}), /a WeakRef/],
    ['shared memory', () => new SharedArrayBuffer(1), /a SharedArrayBuffer/],
    ['an invalid Date', () => new Date(NaN), /an invalid Date/],
    ['\\u0000', () => 'a\0b', /the character \\u0000/],
    ['half a surrogate pair', () => 'a\ud800', /half a surrogate pair/],
    ['\\u0000 in a key', () => ({ 'a\0': 1 }), /the key "a\\u0000".*\\u0000/],
    ['half a surrogate pair in a key', () => ({ 'a\udc00': 1 }), /the key "a\\udc00".*surrogate/],
    ['\\u0000 in a RegExp', () => new RegExp('\0'), /\\u0000/],
    ['a platform object whose data is out of reach', () => new URLSearchParams('a=1'), /a URLSearchParams without/],
    ['a proxy of a Date', () => new Proxy(new Date(0), {}), /threw TypeError/],
    ['a proxy of a RegExp', () => new Proxy(/a/, {}), /a Proxy without enumerable data/],
    ['a throwing getter', () => ({ get a() { return throwing(new Error('no')); } }), /threw Error: no/], // prettier-ignore
    ['a throwing toJSON', () => ({ toJSON: () => throwing('no') }), /threw no/],
    ['a throwing toStringTag', () => new (class { get [Symbol.toStringTag]() { return throwing({}); } })(), /threw an object that is no Error/], // prettier-ignore
    ['a getter that throws a function', () => ({ get a() { return throwing(() => 1); } }), /threw a function/], // prettier-ignore
    ['a getter that throws a message', () => ({ get a() { return throwing({ message: 'm'.repeat(999) }); } }), /threw m{200}…;/], // prettier-ignore
    ['a getter that throws what throws', () => ({ get a() { return throwing({ get message() { return throwing(1); } }); } }), /threw an object that cannot be read/], // prettier-ignore
    ['a throwing proxy', () => new Proxy({}, { ownKeys: () => throwing(new Error('trap')) }), /threw Error: trap/],
    ['a revoked proxy', revoked, /revoked/],
    ['an emitter that refers to itself', () => Object.assign(new EventEmitter(), { self: globalThis }), /./],
  ])('%s', (_, make, problem) => {
    const error = refusal(make());
    expect(error.message).toMatch(problem);
    expect(error.message).toMatch(/^result of "pay" cannot be stored: at \$/);
    expect(error).toMatchObject({ code: 'VALUE_NOT_STORABLE', what: 'result of "pay"' });
  });

  it('refuses binary data of a kind that this version does not know', () => {
    const known = TYPED_ARRAYS as Map<string, TypedArrayConstructor>;
    known.delete('Int8Array'); // as a typed array of a future language would be
    try {
      expect(refusal(Int8Array.of(1)).message).toContain('binary data of an unknown kind');
    } finally {
      known.set('Int8Array', Int8Array);
    }
  });

  it.each<[string, object]>([
    ['pipe, as a function of data', new (class { a = 1; pipe(): void {} })()], // prettier-ignore
    ['next, as a list does', new (class { a = 1; next(): void {} })()], // prettier-ignore
    ['an iterator of its data', new (class { a = 1; *[Symbol.iterator](): Generator { yield 1; } })()], // prettier-ignore
  ])('but not an instance that has %s', (_, value) => {
    expect(encode(value, { what: 'value' })).toBe('{"a":1}');
  });

  it('takes what is iterated by hand for an iterator', () => {
    const iterator = new (class { a = 1; next(): void {} [Symbol.asyncIterator](): this { return this; } })(); // prettier-ignore
    expect(refusal(iterator).message).toContain('a generator or iterator');
  });

  it('keeps what a getter threw as the cause', () => {
    const cause = new Error('no');
    expect(refusal({ get a() { return throwing(cause); } }).cause).toBe(cause); // prettier-ignore
    expect('cause' in refusal(() => 1)).toBe(false);
  });

  function revoked(): unknown {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  }
});

describe('anything at all', () => {
  const anything = fc.anything({
    withBigInt: true,
    withBoxedValues: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withObjectString: true,
    withSet: true,
    withSparseArray: true,
    withTypedArray: true,
    stringUnit: fc.constantFrom('a', '$type', '\0', '\ud800', '\udc00', '😀'),
  });

  it('is stored or refused, and what is stored can be read', () => {
    fc.assert(
      fc.property(anything, (value) => {
        const text = stored(value);
        if (text === undefined) return;
        // Once the changes of the way are made (unboxed, without holes), nothing changes any more.
        const settled = encode(decode(text), { what: 'value' });
        expect(encode(decode(settled), { what: 'value' })).toBe(settled);
      }),
      { numRuns: 500 },
    );
  });

  function stored(value: unknown): string | undefined {
    try {
      return encode(value, { what: 'value' });
    } catch (error) {
      expect(error).toBeInstanceOf(ValueNotStorableError);
      return undefined;
    }
  }
});

describe('where it is', () => {
  const bad = (): void => undefined;
  it.each<[string, unknown]>([
    ['$', bad],
    ['$.items[3].price', { items: [0, 1, 2, { price: bad }] }],
    ['$["odd key"]', { 'odd key': bad }],
    ['$["\\n"]', { '\n': bad }],
    ['$["1st"].$ok', { '1st': { $ok: bad } }],
    ['$.map.keys()[1]', { map: new Map<unknown, unknown>([[1, 1], [bad, 2]]) }], // prettier-ignore
    ['$.map.values()[0].x', { map: new Map([['k', { x: bad }]]) }],
    ['$.set.values()[2]', { set: new Set([1, 2, bad]) }],
    ['$.error.cause', { error: new Error('e', { cause: bad }) }],
    ['$.error.detail[0]', { error: Object.assign(new Error('e'), { detail: [bad] }) }],
    ['$.error.errors[1]', { error: new AggregateError([1, bad]) }],
    ['$.error.stack', { error: new Error('\0') }],
    ['$.error.code', { error: Object.assign(new Error('e'), { code: '\0' }) }],
    ['$.made.here', { made: { toJSON: () => ({ here: bad }) } }],
    ['$.boxed', { boxed: new String('\0') }],
  ])('%s', (path, value) => {
    const error = refusal(value);
    expect(error.path).toBe(path);
    expect(error.message).toContain(`at ${path} `);
  });

  it('shortens long keys and deep paths', () => {
    expect(refusal({ ['k'.repeat(10_000)]: bad }).path).toBe(`$["${'k'.repeat(80)}…"]`);
    let deep: unknown = bad;
    for (let i = 0; i < 100; i++) deep = { a: deep };
    expect(refusal(deep).path).toBe(`$${'.a'.repeat(20)}…(60 more levels)…${'.a'.repeat(20)}`);
  });
});

describe('cycles', () => {
  it('are named with both ends', () => {
    const a: Record<string, unknown> = { list: [] };
    (a['list'] as unknown[]).push(1, a);
    const error = refusal({ a });
    expect(error.path).toBe('$.a.list[1]');
    expect(error.message).toContain('refers back to $.a, a cycle');
  });

  it('through maps, sets, errors and wide objects too', () => {
    const map = new Map<string, unknown>();
    map.set('self', map);
    expect(refusal(map).message).toContain('at $.values()[0] the value refers back to $, a cycle');
    const set = new Set<unknown>();
    set.add(set);
    expect(refusal(set).message).toContain('a cycle');
    const error = new Error('e');
    error.cause = error;
    expect(refusal(error).message).toContain('at $.cause the value refers back to $, a cycle');
    const wide: Record<string, unknown> = { a: 'x'.repeat(100_000) };
    wide['self'] = wide;
    expect(refusal(wide).message).toContain('at $.self the value refers back to $, a cycle');
  });

  it('of toJSON that never ends are levels', () => {
    const endless = (): object => ({ toJSON: () => ({ next: endless() }) });
    expect(refusal(endless()).message).toContain('more than 500 levels');
  });
});
