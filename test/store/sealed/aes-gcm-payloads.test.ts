import { randomBytes } from 'node:crypto';
import { aesGcmPayloads, ConfigurationError, PayloadCodecError } from '../../../src';

const key = (id: string) => ({ id, key: randomBytes(32) });
const old = key('2025');
const current = key('2026-11');

describe('aesGcmPayloads', () => {
  const payloads = aesGcmPayloads({ keys: [current, old] });

  it.each(['', '{"a":1}', 'ä €  😀', 'x'.repeat(100_000)])('opens what it sealed', (text) => {
    const sealed = payloads.seal(text, 'here');
    expect(sealed).toMatch(/^2026-11\.[\w-]+$/);
    expect(payloads.open(sealed, 'here')).toBe(text);
  });

  it('never seals twice alike, and shows nothing of the text', () => {
    const sealed = Array.from({ length: 50 }, () => payloads.seal('secret secret secret', 'here'));
    expect(new Set(sealed).size).toBe(50);
    const bytes = sealed.map((one) => Buffer.from(one.split('.')[1] ?? '', 'base64url').toString('latin1'));
    for (const one of [...sealed, ...bytes]) expect(one).not.toContain('secret');
  });

  it('takes a key as base64 as well', () => {
    const same = aesGcmPayloads({ keys: [{ id: current.id, key: current.key.toString('base64') }] });
    expect(same.open(payloads.seal('a', 'c'), 'c')).toBe('a');
    expect(same.keyring).toBe(payloads.keyring?.split(',')[0]);
  });

  it('opens what an earlier key sealed, and seals with the first', () => {
    const before = aesGcmPayloads({ keys: [old] }).seal('a', 'c');
    expect(payloads.open(before, 'c')).toBe('a');
    expect(payloads.seal('a', 'c')).toMatch(/^2026-11\./);
  });

  it('says which key is missing', () => {
    const sealed = payloads.seal('a', 'c');
    const open = () => aesGcmPayloads({ keys: [old, key('2024')] }).open(sealed, 'c');
    expect(open).toThrow(PayloadCodecError);
    expect(open).toThrow('it was sealed with key "2026-11", and the keys here are "2025", "2024"');
  });

  const sealed = payloads.seal('the text', 'run 1');
  const flipped = (at: number): string => {
    const [id, body = ''] = sealed.split('.');
    const bytes = Buffer.from(body, 'base64url');
    bytes[at < 0 ? bytes.length + at : at] = (bytes.at(at) ?? 0) ^ 1;
    return `${id}.${bytes.toString('base64url')}`;
  };
  it.each([
    ['another key under its id', () => aesGcmPayloads({ keys: [key('2026-11')] }).open(sealed, 'run 1')],
    ['another place', () => payloads.open(sealed, 'run 2')],
    ['a changed IV', () => payloads.open(flipped(0), 'run 1')],
    ['a changed text', () => payloads.open(flipped(12), 'run 1')],
    ['a changed tag', () => payloads.open(flipped(-1), 'run 1')],
    ['a cut text', () => payloads.open(sealed.slice(0, -4), 'run 1')],
    ['nearly nothing', () => payloads.open('2026-11.AAAA', 'run 1')],
  ])('refuses %s', (_what, open) => {
    expect(open).toThrow('key "2026-11" does not open it');
  });

  it('refuses a tag that is cut short, which GCM itself would take', () => {
    const [id, body = ''] = sealed.split('.');
    const short = Buffer.from(body, 'base64url').subarray(0, -12).toString('base64url');
    expect(() => payloads.open(`${id}.${short}`, 'run 1')).toThrow(PayloadCodecError);
  });

  it('says what is no text of its own', () => {
    expect(() => payloads.open('H4sIAAAA', 'c')).toThrow('it was not sealed by aesGcmPayloads');
  });

  it('names its keys without telling anything of them', () => {
    expect(payloads.keyring).toMatch(/^2026-11:[0-9a-f]{8},2025:[0-9a-f]{8}$/);
    const hex = [old, current].map(({ key: bytes }) => bytes.toString('hex'));
    for (const check of payloads.keyring?.match(/[0-9a-f]{8}(?=,|$)/g) ?? []) {
      for (const one of hex) expect(one).not.toContain(check);
    }
  });

  it.each([
    ['a short key', [{ id: 'a', key: 'c2VjcmV0LXNlY3JldA==' }], 'key "a" must be 32 bytes, or these as base64; got 13'],
    ['a long key', [{ id: 'a', key: Buffer.alloc(33) }], 'must be 32 bytes'],
    ['a bad id', [{ id: 'a.b', key: randomBytes(32) }], '1 to 64 letters, digits, _ and -, got "a.b"'],
    ['an id that is there twice', [old, key('2025')], 'two keys with the id "2025"'],
    ['no keys', [], 'at least one key'],
  ])('refuses %s', (_what, keys, message) => {
    const make = () => aesGcmPayloads({ keys: keys as never });
    expect(make).toThrow(ConfigurationError);
    expect(make).toThrow(message);
    expect(make).not.toThrow('secret');
  });
});
