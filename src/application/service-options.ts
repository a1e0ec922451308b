import type { Redaction } from './redaction';

/** How an application is served over HTTP. */
export interface ServiceOptions {
  /** Where to listen. Default `'127.0.0.1'`; another address needs tokens, or the service refuses to start. */
  readonly host?: string;
  /** Default 4400; 0 takes a free one. */
  readonly port?: number;
  /** What is not shown of inputs, outputs and log fields. Default: all is shown to whoever may read runs. */
  readonly redact?: Redaction;
}
