import { ArgumentError } from '../core/errors/definition-error';
import { closestName } from '../graph/closest-name';
import type { ResultOptions, StartOptions } from './start-options';

/** The compiler says when one is missing. */
const START: Readonly<Record<keyof StartOptions | keyof ResultOptions, true>> = {
  id: true,
  idempotencyKey: true,
  manager: true,
  queue: true,
  priority: true,
  startAt: true,
  delay: true,
  tags: true,
  from: true,
  deadline: true,
  signal: true,
  timeout: true,
};

/**
 * An option that there is not would silently do nothing: with `idempotencykey` a run would begin twice. The compiler knows them in literals only.
 *
 * @throws ArgumentError
 */
export function requireStartOptions(options: StartOptions): void {
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(START, name));
  if (unknown === undefined) return;
  const names = Object.keys(START);
  const meant = closestName(unknown, names);
  const hint = meant === undefined ? `it is one of ${names.join(', ')}` : `did you mean "start.${meant}"?`;
  throw new ArgumentError(`there is no option "start.${unknown}"; ${hint}`);
}
