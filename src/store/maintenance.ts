/** Which migrations have run on a database, oldest first. */
export interface MigrationState {
  readonly schema: string;
  readonly applied: readonly string[];
  /** This version has them, the database does not. */
  readonly pending: readonly string[];
  /** Of a newer version than this one. */
  readonly unknown: readonly string[];
}

/** What one migration does, in statements without a semicolon at their end. */
export interface MigrationSql {
  readonly name: string;
  readonly statements: readonly string[];
}

export interface ClockDifference {
  /** The database's clock minus that of this process, ms. */
  readonly aheadMs: number;
  /** The answer took so long, ms: the difference is known to half of it. */
  readonly roundTripMs: number;
}

/** What is asked of a database beside the engine's work: by an operator, before and after deployments. Runs are neither read nor changed. */
export interface Maintenance {
  readonly kind: 'pglite' | 'postgres';
  migrations(): Promise<MigrationState>;
  /** What `migrate` would execute, the table of migrations included; nothing is changed. */
  pendingSql(): Promise<readonly MigrationSql[]>;
  /** Runs what is pending, as a runner does when it starts. @throws SchemaTooNewError */
  migrate(): Promise<void>;
  /** Statements that would make the schema what this version expects, where somebody changed it by hand. Ask when nothing is pending. */
  drift(): Promise<readonly string[]>;
  clock(): Promise<ClockDifference>;
  close(): Promise<void>;
}
