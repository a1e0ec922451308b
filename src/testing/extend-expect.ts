import { EnvironmentError } from '../core/errors/definition-error';
import { typeflowMatchers } from './matchers';

/** The part of a test framework's `expect` that is used. */
export interface Extendable {
  extend(matchers: object): void;
}

/** Adds the matchers to the `expect` of a test framework. @throws EnvironmentError with `advice` when there is none */
export function extendExpect(expect: Extendable | undefined, advice: string): void {
  if (expect === undefined) throw new EnvironmentError(advice);
  expect.extend(typeflowMatchers);
}
