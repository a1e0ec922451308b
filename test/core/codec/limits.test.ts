import { decode } from '../../../src/core/codec/decode';
import { DEFAULT_MAX_BYTES, encode } from '../../../src/core/codec/encode';

const what = 'value';

function nested(levels: number, wrap: (inner: unknown) => unknown): unknown {
  let value: unknown = 1;
  for (let i = 0; i < levels; i++) value = wrap(value);
  return value;
}

describe('depth', () => {
  it.each<[string, (inner: unknown) => unknown]>([
    ['arrays', (inner) => [inner]],
    ['objects', (inner) => ({ inner })],
    ['maps', (inner) => new Map([[1, inner]])],
    ['causes', (inner) => new Error('e', { cause: inner })],
  ])('500 levels of %s are stored, 501 are not', (_, wrap) => {
    expect(() => decode(encode(nested(500, wrap), { what }))).not.toThrow();
    expect(() => encode(nested(501, wrap), { what })).toThrow('more than 500 levels');
  });

  it('can be set', () => {
    expect(encode([[1]], { what, maxDepth: 2 })).toBe('[[1]]');
    expect(() => encode([[1]], { what, maxDepth: 1 })).toThrow('at $[0] the value has more than 1 levels');
  });

  it('of 100,000 levels is refused without a stack overflow', () => {
    expect(() =>
      encode(
        nested(100_000, (inner) => [inner]),
        { what },
      ),
    ).toThrow('more than 500 levels');
  });
});

describe('size', () => {
  it('counts UTF-8 bytes of the text, to the byte', () => {
    expect(encode('é'.repeat(4), { what, maxBytes: 10 })).toBe('"éééé"');
    expect(() => encode('é'.repeat(4), { what, maxBytes: 9 })).toThrow(
      'at least 10 bytes as stored text, over the cap of 9',
    );
    expect(encode({ a: '\n' }, { what, maxBytes: 10 })).toBe('{"a":"\\n"}');
    expect(() => encode({ a: '\n' }, { what, maxBytes: 9 })).toThrow('at least 10 bytes');
  });

  it('is 4 MiB unless told, and may be without bound', () => {
    const text = 'x'.repeat(DEFAULT_MAX_BYTES);
    expect(encode(text.slice(2), { what })).toHaveLength(DEFAULT_MAX_BYTES);
    expect(() => encode(text.slice(1), { what })).toThrow('4,194,305 bytes as stored text, over the cap of 4,194,304');
    expect(encode(text, { what, maxBytes: Infinity })).toHaveLength(DEFAULT_MAX_BYTES + 2);
  });

  it.each<[string, () => unknown]>([
    ['shared references that multiply', () => nested(40, (inner) => [inner, inner])],
    ['shared objects that multiply', () => nested(40, (inner) => ({ a: inner, b: inner }))],
    ['an array of four billion holes', () => new Array(2 ** 32 - 1)],
    ['64 MiB of bytes', () => Buffer.alloc(64 * 1024 * 1024)],
    ['numbers that a database writes in full', () => new Array(20_000).fill(1e300)],
    ['a bigint of ten million digits', () => 2n ** 33_000_000n],
    ['a large map', () => new Map(Array.from({ length: 100_000 }, (_, i) => [`key ${'k'.repeat(50)} ${i}`, i]))],
    ['a large set', () => new Set(Array.from({ length: 100_000 }, (_, i) => `member ${'m'.repeat(50)} ${i}`))],
    ['a proxy that never ends', endless],
    ['an array that claims to have no number of elements', () => new Proxy([], { get: (_, key) => (key === 'length' ? NaN : undefined) })], // prettier-ignore
  ])('%s: refused while encoding', (_, make) => {
    const value = make();
    expect(() => encode(value, { what, maxBytes: 1024 * 1024 })).toThrow(
      /over the cap of 1,048,576; keep large data|more than 500 levels/,
    );
  });

  it('names the place', () => {
    expect(() => encode({ list: ['x', 'y'.repeat(99)] }, { what, maxBytes: 50 })).toThrow(
      'at $.list[1] the value takes',
    );
  });

  function endless(): object {
    return new Proxy({}, { get: (_, key) => (key === 'toJSON' || key === 'then' ? undefined : endless()), ownKeys: () => ['a', 'b'], getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }) }); // prettier-ignore
  }
});
