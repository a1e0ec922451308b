import { decode } from '../../../src/core/codec/decode';
import { encode } from '../../../src/core/codec/encode';
import { isSealed, readSealed, sealedJson, SealedValue } from '../../../src/core/codec/sealed';
import { shownValue } from '../../../src/core/codec/shown-value';
import { PayloadCodecError } from '../../../src/core/errors/store-errors';

const plain = (value: unknown): string => encode(value, { what: 'a value' });

describe('the sealed form of a value', () => {
  it('is JSON with a tag, and an array where the value is one', () => {
    const object = sealedJson({ sealed: 'k1.abc "quoted"' }, false);
    const array = sealedJson({ sealed: 'k1.abc' }, true);
    expect(JSON.parse(object)).toEqual({ $type: 'sealed', value: 'k1.abc "quoted"' });
    expect(JSON.parse(array)).toEqual([{ $type: 'sealed', value: 'k1.abc' }]);
    expect([object, array].map(readSealed)).toEqual([{ sealed: 'k1.abc "quoted"' }, { sealed: 'k1.abc' }]);
  });

  it('is the text that jsonb gives back', () => {
    const text = sealedJson({ sealed: 'x', problem: 'why' }, true);
    expect(JSON.stringify(JSON.parse(text))).toBe(text);
    expect(Object.keys((JSON.parse(text) as object[])[0] ?? {})).toEqual(['$type', 'value', 'problem']);
  });

  it.each([
    [{ $type: 'sealed', value: 'x' }],
    [[{ $type: 'sealed', value: 'x' }]],
    ['{"$type":"sealed","value":"x"}'],
    [[]],
    [{ value: { $type: 'sealed' } }],
  ])('is none that a user’s value can have: %j', (value) => {
    expect(isSealed(plain(value))).toBe(false);
    expect(decode(plain(value))).toEqual(value);
  });

  it('is refused by decode, which says why it is closed', () => {
    const read = (problem?: string) => () => decode(sealedJson({ sealed: 'x', problem }, false));
    expect(read('the key is gone')).toThrow(PayloadCodecError);
    expect(read('the key is gone')).toThrow('a value could not be opened: the key is gone; give every runner');
    expect(read()).toThrow('this runner has no payload codec');
  });

  it('is shown as a SealedValue that says why, and any other value as it is', () => {
    expect(shownValue(sealedJson({ sealed: 'x', problem: 'the key is gone' }, true))).toEqual(
      new SealedValue('the key is gone'),
    );
    expect(shownValue(sealedJson({ sealed: 'x' }, false))).toBeInstanceOf(SealedValue);
    expect(shownValue(plain(new Date(0)))).toEqual(new Date(0));
    expect(JSON.stringify(new SealedValue('why'))).toBe('{"sealed":"why"}');
  });
});
