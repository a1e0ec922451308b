import { checkDuration } from '../core/durations';
import { closestName } from './closest-name';
import type { IssueList } from './issue';
import { printable } from './issue';
import { isQueueName } from './names';

/** Reads options of unknown content field by field, and adds an issue for everything that is not as documented. */
export class OptionReader {
  readonly #fields: Readonly<Record<string, unknown>>;

  /**
   * @param node the node that issues name; `undefined`: the workflow
   * @param path what stands before a field's name in messages: `''`, or `'defaults.task.'`
   */
  constructor(
    fields: unknown,
    readonly allowed: readonly string[],
    readonly issues: IssueList,
    readonly node: string | undefined,
    readonly path: string = '',
  ) {
    this.#fields = this.#checkKeys(fields);
  }

  #checkKeys(fields: unknown): Readonly<Record<string, unknown>> {
    if (fields === undefined) return {};
    if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) {
      const what = this.path === '' ? 'options' : this.path.slice(0, -1);
      this.issues.add('INVALID_OPTION', this.node, `${what} must be an object, got ${kindOf(fields)}`);
      return {};
    }
    for (const key of Object.keys(fields)) {
      if (this.allowed.includes(key)) continue;
      const meant = closestName(key, this.allowed);
      const hint =
        meant === undefined ? `it is one of ${this.allowed.join(', ')}` : `did you mean "${this.path}${meant}"?`;
      this.issues.add('UNKNOWN_OPTION', this.node, `there is no option "${this.path}${printable(key)}" here; ${hint}`);
    }
    return fields as Readonly<Record<string, unknown>>;
  }

  /** The field as it was written; options that are written as `undefined` count as left out. */
  raw(key: string): unknown {
    return Object.hasOwn(this.#fields, key) ? this.#fields[key] : undefined;
  }

  /** Adds the issue that `key` is not what it must be. */
  refuse(key: string, expected: string, value: unknown): undefined {
    this.issues.add('INVALID_OPTION', this.node, `${this.path}${key} must be ${expected}, got ${kindOf(value)}`);
    return undefined;
  }

  #read<T>(key: string, expected: string, isRight: (value: unknown) => value is T): T | undefined {
    const value = this.raw(key);
    if (value === undefined || isRight(value)) return value;
    return this.refuse(key, expected, value);
  }

  boolean(key: string): boolean | undefined {
    return this.#read(key, 'true or false', (value) => typeof value === 'boolean');
  }

  text(key: string): string | undefined {
    return this.#read(key, 'a text of 1 to 100 characters', isShortText);
  }

  queue(key: string): string | undefined {
    const expected = 'a name of letters, digits and any of _ . / : -, beginning with a letter, digit or _, at most 100';
    return this.#read(key, expected, isQueueName);
  }

  wholeNumber(key: string, least: 0 | 1): number | undefined {
    return this.#read(key, `a whole number from ${least} on`, (value) => isWholeNumber(value, least));
  }

  oneOf<T extends string>(key: string, choices: readonly T[]): T | undefined {
    const expected = choices.map((choice) => `'${choice}'`).join(' or ');
    return this.#read(key, expected, (value): value is T => choices.includes(value as T));
  }

  callable<T extends (...args: never[]) => unknown>(key: string): T | undefined {
    return this.#read(key, 'a function', (value): value is T => typeof value === 'function');
  }

  /** In milliseconds. */
  duration(key: string, { allowZero }: { readonly allowZero: boolean }): number | undefined {
    const value = this.raw(key);
    if (value === undefined) return undefined;
    const result = checkDuration(value, { allowZero });
    if (typeof result === 'number') return result;
    this.issues.add('INVALID_OPTION', this.node, `${this.path}${key} must be ${result.expected}, got ${result.got}`);
    return undefined;
  }

  /** In milliseconds; `false` turns it off. */
  timeout(key: string): number | false | undefined {
    return this.raw(key) === false ? false : this.duration(key, { allowZero: false });
  }
}

export function isWholeNumber(value: unknown, least: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= least;
}

function isShortText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '' && value.length <= 100 && !/\p{Cc}|\p{Cs}/u.test(value);
}

/** A value as messages show it. */
export function kindOf(value: unknown): string {
  if (typeof value === 'string') return `"${printable(value)}"`;
  if (value === null || value === undefined || typeof value === 'number' || typeof value === 'boolean')
    return String(value);
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
