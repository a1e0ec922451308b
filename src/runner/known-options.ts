import { ArgumentError } from '../core/errors/definition-error';
import { optionIssue } from './option-issue';
import type { OptionNames } from './option-issue';
import type { ResultOptions, StartOptions } from './start-options';

const START: OptionNames<StartOptions & ResultOptions> = {
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
  const issue = optionIssue(options, 'start', START);
  if (issue !== undefined) throw new ArgumentError(issue);
}
