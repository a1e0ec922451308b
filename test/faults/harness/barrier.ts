import { Client } from 'pg';
import { until } from './campaign-database';

const LOCK = 4_711;

const WAIT = `
CREATE FUNCTION wait_at_barrier() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(${LOCK});
END $$`;

/** Holds statements amid their work, in the server, until it is lifted. */
export class Barrier {
  readonly #holder: Client;

  private constructor(holder: Client) {
    this.#holder = holder;
  }

  /** Before a node's completion is written, and after the row of its run was locked. */
  static inRecordsOf(node: string, url: string): Promise<Barrier> {
    return Barrier.#raise(
      url,
      `
CREATE FUNCTION barrier() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM wait_at_barrier();
  RETURN NEW;
END $$;
CREATE TRIGGER barrier BEFORE INSERT ON typeflow.node FOR EACH ROW WHEN (NEW.node = '${node}' AND NEW.status = 'COMPLETED')
EXECUTE FUNCTION barrier()`,
    );
  }

  /** After a table of this name was created, amid the migration that does it. */
  static afterCreating(table: string, url: string): Promise<Barrier> {
    return Barrier.#raise(
      url,
      `
CREATE FUNCTION barrier() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM pg_event_trigger_ddl_commands() WHERE object_identity = '${table}') THEN
    PERFORM public.wait_at_barrier();
  END IF;
END $$;
CREATE EVENT TRIGGER barrier ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION barrier()`,
    );
  }

  static async #raise(url: string, sql: string): Promise<Barrier> {
    const holder = new Client({ connectionString: url });
    holder.on('error', () => undefined); // the database is dropped under it when a test has failed
    await holder.connect();
    await holder.query(WAIT);
    await holder.query(sql);
    await holder.query(`SELECT pg_advisory_lock(${LOCK})`);
    return new Barrier(holder);
  }

  /** Resolves when a statement waits. */
  isReached(): Promise<void> {
    return until('a statement waits at the barrier', async () => (await this.waiting()) > 0);
  }

  async waiting(): Promise<number> {
    const { rows } = await this.#holder.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM pg_locks WHERE locktype = 'advisory' AND objid = ${LOCK} AND NOT granted
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    );
    return rows[0]?.n ?? 0;
  }

  /** Ends the sessions that wait, by `pg_terminate_backend`; answers how many there were. */
  async terminateWaiting(): Promise<number> {
    const { rows } = await this.#holder.query<{ n: number }>(
      `SELECT count(pg_terminate_backend(pid))::int AS n FROM pg_locks WHERE locktype = 'advisory' AND objid = ${LOCK} AND NOT granted
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    );
    return rows[0]?.n ?? 0;
  }

  async lift(): Promise<void> {
    await this.#holder.query(`SELECT pg_advisory_unlock(${LOCK})`);
  }

  async close(): Promise<void> {
    await this.#holder.end();
  }
}
