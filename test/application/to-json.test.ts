import { ConfigurationError } from '../../src/core/errors/definition-error';
import { showing } from '../../src/application/redaction';
import { toJson } from '../../src/application/to-json';

const SHOWN: Readonly<Record<string, readonly [unknown, unknown]>> = {
  'what JSON has': [{ a: [1, 'x', null, true] }, { a: [1, 'x', null, true] }],
  'numbers that JSON has not': [
    [NaN, Infinity, -Infinity, 12n],
    ['NaN', 'Infinity', '-Infinity', '12'],
  ],
  'dates, URLs and patterns': [
    [new Date(0), new URL('https://a.example/b'), /a+/gi],
    ['1970-01-01T00:00:00.000Z', 'https://a.example/b', '/a+/gi'],
  ],
  'maps and sets': [
    [new Map([['a', new Date(0)]]), new Set([1])],
    [[['a', '1970-01-01T00:00:00.000Z']], [1]],
  ],
  bytes: [
    [Buffer.from('hi'), Uint16Array.of(1, 2).subarray(1), new Uint8Array([104]).buffer],
    ['aGk=', 'AgA=', 'aA=='],
  ],
  'errors, without stacks': [new TypeError('no'), { name: 'TypeError', message: 'no' }],
  undefined: [{ a: undefined, b: [undefined] }, { b: [null] }],
};

describe('a stored value as JSON', () => {
  it.each(Object.entries(SHOWN))('shows %s', (_name, [value, shown]) => {
    expect(toJson(value)).toEqual(shown);
    expect(JSON.parse(JSON.stringify(toJson(value)))).toEqual(shown);
  });

  it('keeps __proto__ as data', () => {
    const json = toJson(JSON.parse('{"__proto__":{"polluted":1}}'));
    expect(JSON.stringify(json)).toBe('{"__proto__":{"polluted":1}}');
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
});

describe('what is not shown', () => {
  const place = { kind: 'input', workflow: 'orders' } as const;

  it('are fields of these names, at any depth, in any case, and keys of maps', () => {
    const show = showing(['cardNumber']);
    const value = {
      cardnumber: '4111',
      items: [{ CardNumber: { a: 1 }, sku: 'x' }],
      more: new Map([['cardNumber', 2]]),
    };
    expect(show(value, place)).toEqual({
      cardnumber: '[redacted]',
      items: [{ CardNumber: '[redacted]', sku: 'x' }],
      more: [['cardNumber', '[redacted]']],
    });
    expect(JSON.stringify(show(JSON.parse('{"__proto__":1}'), place))).toBe('{"__proto__":1}');
  });

  it('is what a function says, and everything where it says nothing or throws', () => {
    const show = showing((value, { workflow }) => {
      if (value === 'bad') throw new Error('no');
      return workflow === 'orders' ? undefined : value;
    });
    expect(show({ a: 1 }, place)).toBe('[redacted]');
    expect(show({ a: 1 }, { ...place, workflow: 'mail' })).toEqual({ a: 1 });
    expect(show('bad', { ...place, workflow: 'mail' })).toBe('[redacted]');
    expect(show(undefined, place)).toBeUndefined();
  });

  it('is nothing by default', () => {
    expect(showing()({ password: 'x' }, place)).toEqual({ password: 'x' });
    expect(showing()(undefined, place)).toBeUndefined();
  });

  it.each([5, [5], 'cardNumber', null])('is refused when it is %j', (redaction) => {
    expect(() => showing(redaction as never)).toThrow(ConfigurationError);
    expect(() => showing(redaction as never)).toThrow('redact must be a list of names of fields');
  });
});
