import { reviveError } from '../codec/revive-error';
import type { TaskError } from '../outcome';
import type { ErrorRecord } from './error-record';

/** Which call threw: what a `TaskError` says besides the error itself. */
export interface ErrorOrigin {
  readonly task: string;
  /** Of a mapped task: the element. */
  readonly index?: number | undefined;
  /** How many calls were made. */
  readonly attempts: number;
}

/**
 * An `Error` from its record, with name, message, code, stack, cause, errors and data. It is of the language's own class where the
 * name is one (`TypeError`), else an `Error` with that name: compare `code` or `name`, as `instanceof` cannot know a class of
 * another process.
 */
export function rebuildError(record: ErrorRecord): Error {
  return rebuild(record, record.errors?.map(rebuildError));
}

/** The same, as the error of a task. */
export function rebuildTaskError(record: ErrorRecord, origin: ErrorOrigin): TaskError {
  const error = rebuild(
    record,
    record.errors?.map((one) => rebuildTaskError(one, origin)),
  );
  const { task, index, attempts } = origin;
  return Object.assign(error, { task, attempts, ...(index === undefined ? {} : { index }) }) as TaskError;
}

function rebuild(record: ErrorRecord, errors: readonly Error[] | undefined): Error {
  const { name, message, code, stack, cause, data = {} } = record;
  return reviveError({
    name,
    message,
    stack,
    ...(code === undefined ? {} : { code }),
    ...(cause === undefined ? {} : { cause: rebuildError(cause) }),
    ...(errors === undefined ? {} : { errors }),
    data: Object.fromEntries(Object.entries(data).filter(isHarmless)),
  });
}

/** A recorded property named `toString` must not stand in for the method. */
function isHarmless([key]: readonly [string, unknown]): boolean {
  return !(key in Error.prototype);
}
