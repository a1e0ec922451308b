import pg from 'pg';
import type { Holder } from './holder';
import { WireStream } from './wire-stream';
import type { WireBackend } from './wire-stream';

/**
 * The driver that TypeORM is given for PGlite: pg itself, with a pool of one connection that is handed out whole. Whoever
 * asks while it is out waits in line, so that no statement ever runs inside another's transaction.
 */
export function pgliteDriver(backend: WireBackend, holder: Holder): typeof pg {
  class PglitePool extends pg.Pool {
    constructor() {
      super({
        max: 1,
        idleTimeoutMillis: 0,
        // Whoever holds the connection by hand, and asks for another, is told after this long at the latest.
        connectionTimeoutMillis: 60_000,
        user: 'postgres',
        database: 'postgres',
        // pg takes a function here, though its types name streams only.
        stream: (() => new WireStream(backend)) as unknown as () => WireStream,
      });
    }

    // Overloads of pg: with a callback it returns nothing.
    override connect(callback?: unknown): never {
      holder.assertFree();
      return (super.connect as (callback?: unknown) => never)(callback);
    }
  }
  return { ...pg, Pool: PglitePool as unknown as typeof pg.Pool };
}
