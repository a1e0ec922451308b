import type { ServiceLimits } from '../application/service-options';
import { parseDuration } from '../core/durations';
import { ConfigurationError } from '../core/errors/definition-error';

/** `ServiceLimits` with defaults. */
export interface Limits {
  readonly bodyBytes: number;
  readonly requestsPerMinute: number | false;
  readonly failuresPerMinute: number;
  readonly streams: number;
  readonly streamsPerClient: number;
  readonly connections: number;
  readonly requestTimeoutMs: number;
}

/** Applies the defaults. @throws ConfigurationError naming the option */
export function serviceLimits(options: ServiceLimits = {}): Limits {
  const { requestsPerMinute = 6_000, requestTimeout = '30s' } = options;
  return {
    bodyBytes: whole('bodyBytes', options.bodyBytes ?? 1_048_576),
    requestsPerMinute: requestsPerMinute === false ? false : whole('requestsPerMinute', requestsPerMinute),
    failuresPerMinute: whole('failuresPerMinute', options.failuresPerMinute ?? 30),
    streams: whole('streams', options.streams ?? 2_000),
    streamsPerClient: whole('streamsPerClient', options.streamsPerClient ?? 100),
    connections: whole('connections', options.connections ?? 4_000),
    requestTimeoutMs: parseDuration(requestTimeout, { what: 'service.limits.requestTimeout', of: 'configuration' }),
  };
}

function whole(name: keyof ServiceLimits, value: number): number {
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new ConfigurationError(`service.limits.${name} must be a whole number from 1 on, got ${String(value)}`);
}
