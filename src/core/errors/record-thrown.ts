import { sortKeys } from '../codec/key-order';
import { setData } from '../codec/tags';
import type { ErrorRecord } from './error-record';
import { isArray, keysOf, read } from './read-safely';
import { REDACTED, isSecretName } from './secrets';
import { TextBudget } from './text-budget';

/** How much one error of a record may take, bytes of JSON. */
interface Limits {
  readonly message: number;
  readonly stack: number;
  readonly data: number;
}

const ROOT_LIMITS: Limits = { message: 16 * 1024, stack: 8 * 1024, data: 512 };
/** Causes and members are many: a few long ones must not take the room of all others. */
const NESTED_LIMITS: Limits = { message: 2 * 1024, stack: 2 * 1024, data: 256 };
const SHORT = 256;
/** A number or a word, and what stands round a property. */
const PUNCTUATION = 32;

const MAX_NESTING = 50;
const MAX_PROPERTIES = 32;
/** Punctuation and keys of one record, and the mark that may stand in its place. */
const FRAME = 256;
/** With less room than this a further error, or property, is only counted. */
const ROOM_FOR_ANOTHER = 2 * 1024;
/** For the marks of what is cut once the room is used up. */
const RESERVE = 2 * 1024;

/** Recorded under names of their own, or never: what HTTP clients attach holds credentials and bodies. */
const NOT_DATA: ReadonlySet<string> = new Set(
  ['name', 'message', 'stack', 'cause', 'code', 'errors'].concat([
    'config',
    'request',
    'response',
    'req',
    'res',
    'body',
  ]),
);

/** The record of `thrown`, of at most `maxBytes` of JSON. Never throws. */
export function recordThrown(thrown: unknown, maxBytes: number, hasStacks: boolean): ErrorRecord {
  return new Recorder(maxBytes - RESERVE, hasStacks).record(thrown, ROOT_LIMITS);
}

class Recorder {
  readonly #budget: TextBudget;
  readonly #hasStacks: boolean;
  /** The errors whose causes and members are being recorded now. */
  readonly #above = new Set<object>();

  constructor(maxBytes: number, hasStacks: boolean) {
    this.#hasStacks = hasStacks;
    this.#budget = new TextBudget(maxBytes);
  }

  record(thrown: unknown, limits: Limits): ErrorRecord {
    this.#budget.reserve(FRAME);
    if ((typeof thrown !== 'object' && typeof thrown !== 'function') || thrown === null) {
      return { name: 'NonError', message: this.#budget.take(describePrimitive(thrown), limits.message) };
    }
    if (this.#above.has(thrown)) return omitted('an error that is its own cause');
    if (this.#above.size >= MAX_NESTING || !this.#budget.has(ROOM_FOR_ANOTHER)) return omitted('further errors');
    this.#above.add(thrown);
    const record = this.#fields(thrown, limits);
    this.#above.delete(thrown);
    return record;
  }

  #fields(thrown: object, limits: Limits): ErrorRecord {
    const name = read(thrown, 'name');
    const message = read(thrown, 'message');
    const described = typeof message === 'string' ? message : `${nounOf(thrown)} without a message was thrown`;
    const fallback = typeof message === 'string' ? 'Error' : 'NonError';
    return {
      name: typeof name === 'string' && name !== '' ? this.#budget.take(name, SHORT) : fallback,
      message: this.#budget.take(described, limits.message),
      ...this.#code(thrown),
      ...this.#stack(thrown, described, limits),
      ...this.#data(thrown, limits),
      ...this.#cause(thrown),
      ...this.#errors(thrown),
    };
  }

  #code(thrown: object): Pick<ErrorRecord, 'code'> {
    const code = read(thrown, 'code');
    return typeof code === 'string' || typeof code === 'number' ? { code: this.#budget.take(String(code), SHORT) } : {};
  }

  #stack(thrown: object, message: string, limits: Limits): Pick<ErrorRecord, 'stack'> {
    const stack = this.#hasStacks ? read(thrown, 'stack') : undefined;
    if (typeof stack !== 'string') return {};
    // A stack begins with the message: a long one would leave no room for the calls.
    const at = message.length > SHORT ? stack.indexOf(message) : -1;
    const shortened =
      at < 0 ? stack : `${stack.slice(0, at)}${message.slice(0, SHORT)}…${stack.slice(at + message.length)}`;
    return { stack: this.#budget.take(shortened, limits.stack) };
  }

  #data(thrown: object, limits: Limits): Pick<ErrorRecord, 'data'> {
    const data: Record<string, string | number | boolean | null> = {};
    const keys = keysOf(thrown).filter((key) => !NOT_DATA.has(key));
    let looked = 0;
    for (const key of sortKeys(keys.slice(0, MAX_PROPERTIES))) {
      if (!this.#budget.has(ROOM_FOR_ANOTHER / 2)) break;
      const value = this.#primitive(key, read(thrown, key), limits.data);
      if (value !== undefined) setData(data, this.#budget.take(key, SHORT), value);
      looked++;
    }
    if (looked < keys.length) data['…'] = `${keys.length - looked} more properties`;
    return Object.keys(data).length === 0 ? {} : { data };
  }

  #primitive(key: string, value: unknown, limit: number): string | number | boolean | null | undefined {
    if (value === undefined || typeof value === 'symbol' || typeof value === 'function') return undefined;
    if (typeof value === 'object' && value !== null) return undefined;
    if (isSecretName(key)) return REDACTED;
    this.#budget.reserve(PUNCTUATION);
    if (value === null || typeof value === 'boolean') return value;
    // JSON knows no -0: adding 0 makes it the 0 that a reader will get.
    if (typeof value === 'number' && Number.isFinite(value)) return value + 0;
    return this.#budget.take(typeof value === 'bigint' ? hexOrDecimal(value) : String(value), limit);
  }

  #cause(thrown: object): Pick<ErrorRecord, 'cause'> {
    const cause = read(thrown, 'cause');
    return cause === undefined ? {} : { cause: this.record(cause, NESTED_LIMITS) };
  }

  #errors(thrown: object): Pick<ErrorRecord, 'errors'> {
    const errors = read(thrown, 'errors');
    if (!isArray(errors)) return {};
    const count = Number(read(errors, 'length'));
    const records: ErrorRecord[] = [];
    while (records.length < count && this.#budget.has(2 * ROOM_FOR_ANOTHER)) {
      records.push(this.record(read(errors, String(records.length)), NESTED_LIMITS));
    }
    if (records.length < count) records.push(omitted(`${count - records.length} more errors`));
    return { errors: records };
  }
}

function nounOf(thrown: object): string {
  return typeof thrown === 'function' ? 'a function' : 'an object';
}

/** Stands where something was cut. */
function omitted(what: string): ErrorRecord {
  return { name: 'Omitted', message: `[${what}]` };
}

function describePrimitive(thrown: unknown): string {
  return typeof thrown === 'string'
    ? thrown
    : `${typeof thrown === 'bigint' ? hexOrDecimal(thrown) : String(thrown)} was thrown`;
}

/** Decimal takes far more than linear time: not for numbers that nobody reads. */
function hexOrDecimal(value: bigint): string {
  return BigInt.asIntN(1024, value) === value ? value.toString() : `0x${value.toString(16)}`;
}
