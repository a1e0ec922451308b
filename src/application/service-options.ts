import type { Duration } from '../core/durations';
import type { TypeflowLogger } from '../core/logger';
import type { Redaction } from './redaction';

/**
 * What a client may do:
 * - `viewer`: read
 * - `operator`: also create, execute, cancel, retry, fork and signal runs; pause, resume and trigger schedules
 * - `admin`: also act on many runs at once, set and remove schedules, delete old runs
 */
export type Role = 'viewer' | 'operator' | 'admin';

/** Who may use the service. */
export interface AccessToken {
  /** For logs. */
  readonly name: string;
  readonly role: Role;
  /** 32 to 512 letters, digits and `-._~+/=`. Make one with `openssl rand -hex 32`. */
  readonly token: string;
}

/** What one client, or all of them, can ask of a service at most. */
export interface ServiceLimits {
  /** Of a request's body. Default 1 MiB; larger inputs cost memory in the service and in every worker. */
  readonly bodyBytes?: number;
  /** Requests of one client (a token, or else an address) in a minute. Default 6,000; `false`: any number. */
  readonly requestsPerMinute?: number | false;
  /** Requests with a wrong token, or none, of one address in a minute, before the answer is 429. Default 30. */
  readonly failuresPerMinute?: number;
  /** Event streams open at once. Default 2,000, of a few KB each. */
  readonly streams?: number;
  /** Event streams of one client. Default 100. */
  readonly streamsPerClient?: number;
  /** Connections open at once, of a service that listens by itself. Default 4,000; those beyond are closed at once. */
  readonly connections?: number;
  /** In which a request's headers and body must have come, of a service that listens by itself. Default `'30s'`. */
  readonly requestTimeout?: Duration;
}

/** Collects figures of this process: `prometheusMetrics()` is one. */
export interface MetricsSource {
  /** In Prometheus' text format. */
  render(): Promise<string>;
}

/** How an application is served over HTTP. */
export interface ServiceOptions {
  /** Where to listen. Default `'127.0.0.1'`; another address needs tokens (or `auth: 'host'`), or the service refuses to start. */
  readonly host?: string;
  /** Default 4400; 0 takes a free one. */
  readonly port?: number;
  /**
   * Who is let in:
   * - `'tokens'`: whoever has a token. Without any the service answers everybody who reaches 127.0.0.1, as `admin`, and listens nowhere else
   * - `'host'`: everybody. Something in front of it, or the application it is mounted in, decides
   *
   * Default `'tokens'`.
   */
  readonly auth?: 'tokens' | 'host';
  /** Default: those of the environment variable `TYPEFLOW_TOKENS`, or of the file that `TYPEFLOW_TOKENS_FILE` names. */
  readonly tokens?: readonly AccessToken[];
  /**
   * Names, besides `localhost` and IP addresses, that the service answers to, without their port. `['*']`: any, which needs tokens. Default none:
   * otherwise a page in a browser could point a name of its own to 127.0.0.1 and read from there.
   */
  readonly allowedHosts?: readonly string[];
  readonly limits?: ServiceLimits;
  /** What is not shown of inputs, outputs and log fields. Default: all is shown to whoever may read runs. */
  readonly redact?: Redaction;
  /** What `/metrics` has besides the queues: the same `prometheusMetrics()` whose `telemetry` the runner was given. */
  readonly metrics?: MetricsSource;
  /** Default: that of the application, or else warnings and errors as JSON lines on standard error. */
  readonly logger?: TypeflowLogger;
}
