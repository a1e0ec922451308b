import type { Client } from 'pg';
import { Bench } from '../bench';
import type { BenchParams, Measured, Servers } from '../bench';
import { withClient } from '../database';
import { enqueueAndDrain } from './drain';

const BATCH = 100_000;

/** W6: as W1, beside `sleepers` runs that start in a month. */
export function measureBesideSleepers(
  servers: Servers,
  params: BenchParams,
  runs: number,
  sleepers: number,
): Promise<Measured> {
  return Bench.with(servers, params, async (bench) => {
    if (sleepers > 0) await fillWithSleepers(bench, sleepers);
    return enqueueAndDrain(bench, params, runs);
  });
}

/** The first is started by the API; the others are copies of its row, because a million starts would take a while. */
async function fillWithSleepers(bench: Bench, sleepers: number): Promise<void> {
  const { id } = await bench.play('sleeper', 1);
  if (bench.url === undefined || id === undefined) throw new Error('only Typeflow on PostgreSQL can be filled');
  await withClient(bench.url, async (client) => {
    const copy = await copyStatement(client);
    for (let from = 1; from < sleepers; from += BATCH) {
      await client.query(copy, [id, from, Math.min(from + BATCH, sleepers) - 1]);
    }
    const { rows } = await client.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM typeflow.run WHERE status = 'PENDING' AND wake_at > now() + interval '1 day'`,
    );
    if (rows[0]?.n !== sleepers) throw new Error(`expected ${sleepers} sleeping runs, and ${rows[0]?.n} are there`);
    // A table that has held so many rows for a while has its statistics, and its pages are on disk.
    await client.query('VACUUM (ANALYZE) typeflow.run');
    await client.query('CHECKPOINT');
  });
}

/** Every column as it is, but ids of their own, and wake-ups a millisecond apart, with the rank by which they are claimed. */
async function copyStatement(client: Client): Promise<string> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT column_name AS name FROM information_schema.columns
     WHERE table_schema = 'typeflow' AND table_name = 'run' AND is_generated = 'NEVER' ORDER BY ordinal_position`,
  );
  const own: Readonly<Record<string, string>> = {
    id: `(left(r.id::text, 24) || lpad(to_hex(g), 12, '0'))::uuid`,
    wake_at: `r.wake_at + g * interval '1 ms'`,
    claim_rank: 'r.claim_rank + g',
  };
  const names = rows.map(({ name }) => name);
  const values = names.map((name) => own[name] ?? `r.${name}`);
  return `INSERT INTO typeflow.run (${names.join(', ')}) SELECT ${values.join(', ')}
    FROM typeflow.run AS r, generate_series($2::int, $3::int) AS g WHERE r.id = $1::uuid`;
}
