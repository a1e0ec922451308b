import { isSealedText, NO_CODEC } from '../core/codec/sealed';
import { IdempotencyConflictError } from '../core/errors/run-errors';
import { PayloadCodecError } from '../core/errors/store-errors';
import type { StartConflict } from '../store/create-run';

/** Why a key, or an id, cannot be had. Whether a sealed input is another one nobody knows here: a new key might do the work twice. */
export function conflictError(key: string, conflict: StartConflict): IdempotencyConflictError | PayloadCodecError {
  const { id, differs } = conflict;
  if (differs === 'input' && isSealedText(conflict.inputHash)) return new PayloadCodecError('opened', NO_CODEC);
  return new IdempotencyConflictError(key, id, differs);
}
