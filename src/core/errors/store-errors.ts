import { TypeflowError } from './typeflow-error';

/** The database could not be reached. The message never holds a password. */
export class DatabaseUnreachableError extends TypeflowError {
  readonly code = 'DATABASE_UNREACHABLE';
}

/** The schema was migrated by a newer version of Typeflow than this one. */
export class SchemaTooNewError extends TypeflowError {
  readonly code = 'SCHEMA_TOO_NEW';
  constructor(
    readonly found: string,
    readonly known: string,
  ) {
    super(
      `the database schema is at ${found}, but this version of Typeflow only knows ${known}; ` +
        `update Typeflow, as older code must not write to a newer schema`,
    );
  }
}

/** Migrations are pending and this runner may not run them. */
export class SchemaOutdatedError extends TypeflowError {
  readonly code = 'SCHEMA_OUTDATED';
}

/** Another live process has the PGlite folder open. */
export class FolderLockedError extends TypeflowError {
  readonly code = 'FOLDER_LOCKED';
  constructor(
    readonly folder: string,
    readonly pid: number,
  ) {
    super(
      `the PGlite folder "${folder}" is in use by process ${pid}; PGlite serves one process at a time: ` +
        `close that process, or use a postgres:// database for several`,
    );
  }
}

/** The PGlite folder exists but cannot be opened. */
export class FolderUnreadableError extends TypeflowError {
  readonly code = 'FOLDER_UNREADABLE';
}

/** Code that holds PGlite's only connection asked for a second one, which would wait for ever. */
export class NestedConnectionError extends TypeflowError {
  readonly code = 'NESTED_CONNECTION';
  constructor() {
    super(
      'a second database connection was asked for while this code holds the only one (PGlite has one): ' +
        'use the transaction’s own manager for every statement inside it',
    );
  }
}

/** The database refused a statement of the engine. `cause` is the driver's error. */
export class StoreError extends TypeflowError {
  readonly code = 'STORE_FAILED';
  /** What was sent can never be stored, however often it is sent: its data is refused, or too large. */
  readonly isDataRefused: boolean;

  constructor(message: string, options: ErrorOptions & { readonly isDataRefused?: boolean } = {}) {
    super(message, options);
    this.isDataRefused = options.isDataRefused ?? false;
  }
}

/** A value could not be sealed before it is stored, or opened after it was read. Neither a value nor a key is ever in the message. */
export class PayloadCodecError extends TypeflowError {
  readonly code = 'PAYLOAD_CODEC_FAILED';
  constructor(
    readonly doing: 'sealed' | 'opened',
    /** A clause without the full stop: `it was sealed with key "k2", which this runner does not have`. */
    readonly problem: string,
    options?: ErrorOptions,
  ) {
    super(
      `a value could not be ${doing}: ${problem}; give every runner of this database the same option payloads, ` +
        `with all keys that its values were sealed with`,
      options,
    );
  }
}
