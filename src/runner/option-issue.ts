import { closestName } from '../graph/closest-name';

/** The names of all options that there are; the compiler says when one is missing. */
export type OptionNames<Options> = Readonly<Record<keyof Options, true>>;

/**
 * What is wrong with options as such, in words: they are no object, or there is one that is not known, and would silently do nothing. `undefined`: nothing.
 *
 * @param what what they are called in messages, such as `service.limits`; `''`: the options of an application
 */
export function optionIssue(options: unknown, what: string, names: OptionNames<object>): string | undefined {
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    return `${what} must be an object of options, such as { ${Object.keys(names)[0]}: … }; got ${nameOf(options)}`;
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(names, name));
  if (unknown === undefined) return undefined;
  const place = what === '' ? '' : `${what}.`;
  const meant = closestName(unknown, Object.keys(names));
  const hint = meant === undefined ? '' : `; did you mean "${place}${meant}"?`;
  return `there is no option "${place}${unknown}"${hint}`;
}

export function nameOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
