/** The database's instant, cut to the milliseconds that columns keep: rounding up would put "now" into the future. */
export const NOW = `date_trunc('milliseconds', clock_timestamp())`;

/** Every statement that writes reads the clock once, by `(SELECT now FROM t)`. */
export const CLOCK = `t AS MATERIALIZED (SELECT ${NOW} AS now)`;

export const OPEN_STATUSES = `('PENDING', 'RUNNING', 'WAITING')`;

export const CLAIMABLE_STATUSES = `('PENDING', 'WAITING')`;

export const FINAL_NODE_STATUSES = `('COMPLETED', 'FAILED', 'SKIPPED', 'CANCELLED')`;

/** An instant as epoch milliseconds, which is what crosses the port. */
export function ms(instant: string): string {
  return `(extract(epoch FROM ${instant}) * 1000)::double precision`;
}

/** `delay` milliseconds after now; NULL for a NULL delay. */
export function after(delay: string): string {
  return `(SELECT now FROM t) + ${delay} * interval '1 millisecond'`;
}

/** What a claim sorts by: 30 s of waiting count as one point of priority. */
export function claimRank(wakeAt: string, priority: string): string {
  return `(${ms(wakeAt)} - ${priority}::double precision * 30000)::bigint`;
}
