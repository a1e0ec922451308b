import { inspect, isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { Client } from 'pg';
import { decode } from '../../../src/core/codec/decode';
import { encode } from '../../../src/core/codec/encode';
import { keptValues } from './arbitrary-values';

const url = process.env['TYPEFLOW_TEST_POSTGRES'];

// Skipped only where no PostgreSQL was started for the tests: what jsonb does to a text can be asked of nobody else.
(url ? describe : describe.skip)('PostgreSQL’s jsonb', () => {
  const client = new Client({ connectionString: url });
  beforeAll(() => client.connect());
  afterAll(() => client.end());

  async function throughJsonb(texts: readonly string[]): Promise<string[]> {
    const sql = 'SELECT jsonb::text AS text FROM unnest($1::jsonb[]) WITH ORDINALITY AS t(jsonb, n) ORDER BY n';
    const { rows } = await client.query<{ text: string }>(sql, [texts]);
    return rows.map((row) => row.text);
  }

  it('gives back the value that the first pass saw, keys in the same order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(keptValues, { minLength: 50, maxLength: 50 }), async (values) => {
        const texts = values.map((value) => encode(value, { what: 'value' }));
        const stored = await throughJsonb(texts);
        for (const [i, text] of stored.entries()) {
          const first = decode(texts[i] as string);
          const later = decode(text);
          expect(isDeepStrictEqual(later, first)).toBe(true);
          expect(inspect(later, { depth: Infinity })).toBe(inspect(first, { depth: Infinity }));
          expect(encode(later, { what: 'value' })).toBe(texts[i]);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('finds nothing to reorder in the text itself', async () => {
    const value = {
      total: 1,
      id: new Map([['b', { zz: 1, é: 2, a: 3 }]]),
      at: new Date(0),
      e: new Error('x'),
      $type: 1n,
    };
    const text = encode(value, { what: 'value' });
    const [stored] = await throughJsonb([text]);
    expect(JSON.stringify(JSON.parse(stored as string))).toBe(text);
  });

  it('holds the deepest values', async () => {
    let deep: unknown = 1;
    for (let i = 0; i < 500; i++) deep = new Map([[1, deep]]);
    const text = encode(deep, { what: 'value' });
    const [stored] = await throughJsonb([text]);
    expect(encode(decode(stored as string), { what: 'value' })).toBe(text);
  });

  it('can be queried: plain fields by name, dates by their text', async () => {
    const text = encode({ order: { id: 7 }, at: new Date(0) }, { what: 'value' });
    const sql = `SELECT $1::jsonb->'order'->>'id' AS id, $1::jsonb#>>'{at,value}' AS at`;
    const { rows } = await client.query(sql, [text]);
    expect(rows).toEqual([{ id: '7', at: '1970-01-01T00:00:00.000Z' }]);
  });
});
