import { ConfigurationError } from '../core/errors/definition-error';
import { REDACTED } from '../core/errors/secrets';
import { nameOf } from '../runner/option-issue';
import { toJson } from './to-json';
import type { Json } from './views';

/** Where a value was stored that is to be shown. */
export interface ShownValue {
  readonly kind: 'input' | 'output' | 'log' | 'schedule';
  readonly workflow: string;
  /** Of an output or log line of a node; absent for the run's own. */
  readonly task?: string;
}

/**
 * What is not shown of values: names of fields, at any depth and in any case, whose values are replaced; or a function that returns what is
 * shown instead of a value.
 *
 * @example redact: ['cardNumber', 'iban']
 * @example redact: (value, { workflow }) => (workflow === 'payroll' ? undefined : value)
 */
export type Redaction = readonly string[] | ((value: unknown, shown: ShownValue) => unknown);

/** Shows a value as JSON; `undefined` where there is none to show. */
export type ShowValue = (value: unknown, shown: ShownValue) => Json | undefined;

/** What is wrong with a redaction, in words. `undefined`: nothing. */
export function redactionIssue(redaction: unknown): string | undefined {
  if (typeof redaction === 'function') return undefined;
  const expected = `redact must be a list of names of fields, such as ['cardNumber'], or a function`;
  if (!Array.isArray(redaction)) return `${expected}; got ${nameOf(redaction)}`;
  const wrong = redaction.findIndex((name) => typeof name !== 'string');
  return wrong < 0 ? undefined : `${expected}; entry ${wrong + 1} is no text`;
}

/**
 * A function that throws hides the value: rather too little is shown than too much.
 *
 * @throws ConfigurationError for what is no redaction
 */
export function showing(redaction: Redaction = []): ShowValue {
  const issue = redactionIssue(redaction);
  if (issue !== undefined) throw new ConfigurationError(issue);
  if (typeof redaction === 'function') {
    return (value, shown) => {
      if (value === undefined) return undefined;
      let kept: unknown;
      try {
        kept = redaction(value, shown);
      } catch {
        return REDACTED;
      }
      return kept === undefined ? REDACTED : toJson(kept);
    };
  }
  const names = new Set(redaction.map((name) => name.toLowerCase()));
  if (names.size === 0) return (value) => (value === undefined ? undefined : toJson(value));
  return (value) => (value === undefined ? undefined : without(toJson(value), names));
}

function without(json: Json, names: ReadonlySet<string>): Json {
  if (typeof json !== 'object' || json === null) return json;
  if (Array.isArray(json)) {
    // A map is shown as pairs: its keys are names, too.
    const [key, ...rest] = json as readonly Json[];
    const isNamed = typeof key === 'string' && rest.length === 1 && names.has(key.toLowerCase());
    return isNamed ? [key, REDACTED] : json.map((one: Json) => without(one, names));
  }
  const kept: Record<string, Json> = {};
  for (const [key, one] of Object.entries(json)) {
    const value = names.has(key.toLowerCase()) ? REDACTED : without(one, names);
    Object.defineProperty(kept, key, { value, enumerable: true, writable: true, configurable: true });
  }
  return kept;
}
