import { decodeErrorRecord, encodeErrorRecord, toErrorRecord } from '../core/errors/error-record';
import { rebuildError } from '../core/errors/rebuild-error';
import type { AttemptResult } from '../execution/attempt-request';
import type { CallResult } from '../store/dispatch';

/** The end of an attempt as it is left for the run's owner, who may be in another process. */
export function toCallResult(result: AttemptResult, startedAt: number, finishedAt: number): CallResult {
  const times = { startedAt, finishedAt };
  if (result.kind !== 'failed') return { ...result, ...times };
  return { ...result, error: encodeErrorRecord(toErrorRecord(result.error)), ...times };
}

/** @throws ValueNotReadableError when the row was changed by hand */
export function fromCallResult({ startedAt: _start, finishedAt: _end, ...result }: CallResult): AttemptResult {
  return result.kind === 'failed' ? { ...result, error: rebuildError(decodeErrorRecord(result.error)) } : result;
}
