import type { TaskError } from '../outcome';
import type { ErrorRecord } from './error-record';
import { rebuildTaskError } from './rebuild-error';

/** The error of a node as it is stored: what was thrown, and which call threw it. */
export interface FailureRecord extends ErrorRecord {
  /** Absent when no single node failed (a deadline). */
  readonly task?: string | undefined;
  readonly index?: number | undefined;
  readonly attempts: number;
}

/** The `Error` that dependents, handlers and callers get of a stored failure; `all` are the failures of a mapped node. */
export function rebuildFailure(failure: FailureRecord, all?: readonly FailureRecord[]): TaskError {
  const { task = '', index, attempts, ...record } = failure;
  const error = rebuildTaskError(record, { task, attempts, ...(index === undefined ? {} : { index }) });
  if (all !== undefined)
    Object.defineProperty(error, 'errors', { value: all.map((one) => rebuildFailure(one)), enumerable: true });
  return error;
}

/** As text for a jsonb column. */
export function encodeFailure(failure: FailureRecord): string {
  return JSON.stringify(failure);
}

export function decodeFailure(text: string): FailureRecord {
  return JSON.parse(text) as FailureRecord;
}
