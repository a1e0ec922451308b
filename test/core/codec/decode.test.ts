import { decode } from '../../../src/core/codec/decode';
import { ValueNotReadableError } from '../../../src/core/errors/task-errors';

describe('decode', () => {
  it('parses text without tags as it is', () => {
    expect(decode(' {"b": 1, "a": [null]} ')).toEqual({ b: 1, a: [null] });
  });

  it('is not misled by text that only looks like a tag', () => {
    expect(decode('{"a": "my $type", "$types": "$type"}')).toEqual({ a: 'my $type', $types: '$type' });
  });

  it('takes tags as jsonb prints them', () => {
    expect(decode('{"at": {"$type": "Date", "value": "1970-01-01T00:00:00.000Z"}}')).toEqual({ at: new Date(0) });
  });

  it.each([
    ['no JSON', '{"a":', 'the text is not JSON'],
    ['an unknown tag', '{"a":{"$type":"Temporal.Instant","value":"x"}}', 'the tag "Temporal.Instant"'],
    ['a tag that is no text', '{"$type":1}', 'the tag 1'],
    ['a damaged bigint', '{"$type":"bigint","value":"x"}', 'tagged "bigint" is damaged'],
    ['a damaged URL', '{"$type":"URL","value":"x"}', 'tagged "URL" is damaged'],
    ['a damaged Map', '{"$type":"Map","value":7}', 'tagged "Map" is damaged'],
    ['damage inside a Map', '{"$type":"Map","value":[[1,{"$type":"Set","value":7}]]}', 'tagged "Set" is damaged'],
    ['a damaged Error', '{"$type":"Error"}', 'tagged "Error" is damaged'],
  ])('refuses %s', (_, text, problem) => {
    expect(() => decode(text)).toThrow(ValueNotReadableError);
    expect(() => decode(text)).toThrow(problem);
  });
});
