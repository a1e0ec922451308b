/** What one look of the doctor came to. */
export interface Finding {
  readonly check: 'application' | 'connection' | 'schema' | 'clock' | 'queues' | 'runs';
  /** `skipped`: it could not be looked at from here. */
  readonly outcome: 'ok' | 'warning' | 'fault' | 'skipped';
  readonly message: string;
  /** What to do, in lines; SQL where the database is to be mended. */
  readonly remedy?: readonly string[];
}
