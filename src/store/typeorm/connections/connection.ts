import type { Client } from 'pg';
import type { DataSource } from 'typeorm';
import type { Holding } from './holder';

/** A database the store can talk to, however it came about. */
export interface Connection {
  readonly kind: 'pglite' | 'postgres';
  readonly dataSource: DataSource;
  /** A client beside the pool, with the pool's options, not yet connected; absent where there is but one connection. */
  readonly newClient?: () => Client;
  /** Destroys the connections that have said nothing since this instant, monotonic ms; absent where they are not ours. */
  readonly distrust?: (since: number) => void;
  /** Connects. @throws DatabaseUnreachableError, FolderLockedError, FolderUnreadableError */
  open(): Promise<void>;
  /** Ends what `open` began, within seconds even where the server does not answer; idempotent. */
  close(): Promise<void>;
  /** @throws NestedConnectionError when the calling code holds the only connection there is */
  assertFree(): void;
  /** Marks what is run by the answer as code that holds a connection; absent where there are others. */
  readonly hold?: () => Holding;
}
