import fc from 'fast-check';
import { encode } from '../../../src/core/codec/encode';
import { sortKeys } from '../../../src/core/codec/key-order';
import { storableText } from './arbitrary-values';

describe('the order of keys', () => {
  // `$type` is stored as `$$type`.
  it('is by UTF-8 length, then by bytes', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(
          storableText.filter((key) => !key.startsWith('$')),
          { maxLength: 30 },
        ),
        (keys) => {
          const byBytes = (a: string, b: string): number =>
            Buffer.byteLength(a) - Buffer.byteLength(b) || Buffer.compare(Buffer.from(a), Buffer.from(b));
          expect(sortKeys([...keys])).toEqual([...keys].sort(byBytes));
        },
      ),
    );
  });

  it.each<[string[], string[]]>([
    [
      ['b', 'a'],
      ['a', 'b'],
    ],
    [
      ['aa', 'b'],
      ['b', 'aa'],
    ],
    [
      ['é', 'zz', 'aaa'],
      ['zz', 'é', 'aaa'],
    ],
    [
      ['\uffee', '𝒳', 'abc'],
      ['abc', '\uffee', '𝒳'],
    ],
    [
      ['aaaaaa', '$type', '$other'],
      ['$type', '$other', 'aaaaaa'],
    ],
  ])('%j becomes %j', (keys, sorted) => {
    expect(sortKeys(keys)).toEqual(sorted);
  });

  it('sorts objects of many keys', () => {
    const keys = Array.from({ length: 100 }, (_, i) => `k${(i * 37) % 100}`);
    const sorted = [...keys].sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
    expect(sortKeys([...keys])).toEqual(sorted);
  });

  it('makes equal data equal text', () => {
    const options = { what: 'value' };
    expect(encode({ total: 1, id: 2, $type: 3 }, options)).toBe(encode({ $type: 3, id: 2, total: 1 }, options));
    expect(encode({ total: 1, id: 2, $type: 3 }, options)).toBe('{"id":2,"total":1,"$$type":3}');
  });

  it('of an error is that of every other object', () => {
    const error = Object.assign(new AggregateError([], 'm', { cause: 1 }), { code: 1, extra: 1, stack: 's' });
    const { value } = JSON.parse(encode(error, { what: 'error' })) as { value: object };
    expect(Object.keys(value)).toEqual(sortKeys(Object.keys(value).reverse()));
    expect(Object.keys(value)).toHaveLength(7);
  });
});
