import { encode } from '../../../src/core/codec/encode';
import { hashOf } from '../../../src/core/codec/hash';

describe('hashOf', () => {
  it('is the SHA-256 of the text, in hex', () => {
    expect(hashOf('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(hashOf('"é"')).toHaveLength(64);
  });

  it('is equal for inputs that are equal but for the order of their keys', () => {
    const options = { what: 'input' };
    expect(hashOf(encode({ b: 1, a: new Date(0) }, options))).toBe(hashOf(encode({ a: new Date(0), b: 1 }, options)));
    expect(hashOf(encode({ a: 1 }, options))).not.toBe(hashOf(encode({ a: 2 }, options)));
  });
});
