import type { ErrorCode } from './codes';

/**
 * The root of every error that Typeflow throws. Catch by class or by the stable `code`; the message says what was expected,
 * what came, where, and what to do.
 */
export abstract class TypeflowError extends Error {
  abstract readonly code: ErrorCode;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}
