// The join of the diamond, for engines that know jobs and no graphs: a table that counts who has arrived.

export const JOIN_TABLE = 'CREATE TABLE IF NOT EXISTS bench_join (run int PRIMARY KEY, n int NOT NULL)';

export const ARRIVE = `INSERT INTO bench_join (run, n) VALUES ($1, 1)
  ON CONFLICT (run) DO UPDATE SET n = bench_join.n + 1 RETURNING n`;

/** Many arrivals at once, in one order everywhere, so that two of them never wait for each other. */
export const ARRIVE_TOGETHER = `INSERT INTO bench_join (run, n) SELECT r, 1 FROM unnest($1::int[]) r ORDER BY r
  ON CONFLICT (run) DO UPDATE SET n = bench_join.n + 1 RETURNING run, n`;
