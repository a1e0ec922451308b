import { ArgumentError, ConfigurationError } from './errors/definition-error';

const MS_PER_UNIT = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
} as const;

export type DurationUnit = keyof typeof MS_PER_UNIT;

/**
 * A length of time as users write it: whole milliseconds, or a number (decimals allowed) with a unit, such as `'250ms'`,
 * `'1.5s'`, `'30s'`, `'10m'`, `'2h'`, `'3d'`, `'1w'`. At most ten years.
 */
export type Duration = number | `${number}${DurationUnit}`;

/** Ten years of 365 days, the longest duration. */
export const MAX_DURATION_MS = 10 * 365 * MS_PER_UNIT.d;

const WRITTEN = /^(\d+(?:\.\d+)?)(ms|s|m|h|d|w)$/;

export interface DurationCheck {
  readonly what: string;
  readonly allowZero?: boolean;
  readonly of?: 'argument' | 'configuration';
}

/**
 * A duration in whole milliseconds. Parts of a millisecond are rounded, but never down to nothing.
 *
 * @param what the option's name, for the message
 * @param allowZero `true` for delays and waits; a timeout of 0 would end everything before it begins
 * @param of whether it is an argument of a call (the default) or a setting, which decides the error
 * @throws ArgumentError or ConfigurationError saying what was expected, what came and where
 * @example parseDuration('1.5s', { what: 'timeout' }) // 1500
 */
export function parseDuration(value: unknown, { what, allowZero = false, of = 'argument' }: DurationCheck): number {
  const result = checkDuration(value, { allowZero });
  if (typeof result === 'number') return result;
  const message = `${what} must be ${result.expected}, got ${result.got}`;
  throw of === 'argument' ? new ArgumentError(message) : new ConfigurationError(message);
}

/**
 * A duration for people, in whole milliseconds and units of days and less, as `'2h 5m'`, `'1m 700ms'`.
 *
 * @param ms a whole number from 0 on
 */
export function formatDuration(ms: number): string {
  let rest = ms;
  const parts: string[] = [];
  for (const unit of ['d', 'h', 'm', 's', 'ms'] as const) {
    const whole = Math.floor(rest / MS_PER_UNIT[unit]);
    rest -= whole * MS_PER_UNIT[unit];
    if (whole > 0) parts.push(`${whole}${unit}`);
  }
  return parts.join(' ') || '0ms';
}

/** `parseDuration` for those who collect problems instead of throwing at the first. */
export function checkDuration(
  value: unknown,
  { allowZero }: { readonly allowZero: boolean },
): number | { readonly expected: string; readonly got: string } {
  const wrong = (expected: string) => ({ expected, got: describeValue(value) });
  const ms = toMilliseconds(value);
  if (ms === undefined || ms < 0)
    return wrong(`a duration: whole milliseconds, or a number with a unit such as '250ms', '30s', '2h', '3d'`);
  if (ms > MAX_DURATION_MS) return wrong('at most ten years');
  if (ms === 0) return allowZero ? 0 : wrong('longer than 0');
  return Math.max(1, Math.round(ms));
}

function toMilliseconds(value: unknown): number | undefined {
  if (typeof value === 'number')
    return Number.isInteger(value) || Math.abs(value) > MAX_DURATION_MS ? value : undefined;
  const match = typeof value === 'string' ? WRITTEN.exec(value) : null;
  return match === null ? undefined : Number(match[1]) * MS_PER_UNIT[match[2] as DurationUnit];
}

function describeValue(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 50 ? `${value.slice(0, 50)}…` : value);
  if (typeof value === 'number' || typeof value === 'boolean' || value === null || value === undefined)
    return String(value);
  return typeof value === 'bigint'
    ? `${value}n`
    : Array.isArray(value)
      ? 'an array'
      : `a value of type ${typeof value}`;
}
