import { StoreError } from '../../core/errors/store-errors';
import { TypeflowError } from '../../core/errors/typeflow-error';

/**
 * What a failed statement means for its sender.
 *
 * - `connection`: the answer is lost, and whether the statement took effect is unknown
 * - `conflict`: rolled back because of other transactions; the same statement may pass the next time
 * - `permanent`: it would fail every time
 */
export type DatabaseFailure = 'connection' | 'conflict' | 'permanent';

const CONFLICTS = new Set(['40001', '40P01', '55P03']);

/**
 * Classes 08 (connection), 57 (shutdown, and statements that were given up for their time), 53 (out of resources); a transaction that
 * was ended because it was idle; and a server that has become a read-only copy, which it is for a moment when another takes its place.
 */
const CONNECTION_STATES = /^(08...|57014|57P0[1-5]|53...|25P0[34]|25006)$/;

/** Classes 22 (data exceptions) and 54 (program limits). */
const DATA_REFUSALS = /^(22|54)...$/;

const CONNECTION_WORDS = /terminat|timeout|closed|not queryable|socket|read ECONN|Driver not Connected|end\(\)/i;

export function classifyDatabaseError(error: unknown): DatabaseFailure {
  const code = codeOf(error);
  if (code !== undefined && CONFLICTS.has(code)) return 'conflict';
  if (code !== undefined && /^[0-9A-Z]{5}$/.test(code))
    return CONNECTION_STATES.test(code) ? 'connection' : 'permanent';
  if (code !== undefined && /^E[A-Z]+$/.test(code)) return 'connection';
  return CONNECTION_WORDS.test(messageOf(error)) ? 'connection' : 'permanent';
}

/** A driver's error as ours; ours stay as they are. Never holds the values that were sent. */
export function toStoreError(doing: string, error: unknown): TypeflowError {
  if (error instanceof TypeflowError) return error;
  const code = codeOf(error);
  const state = code === undefined ? '' : ` [${code}]`;
  return new StoreError(`${doing}: the database answered "${messageOf(error)}"${state}`, {
    cause: driverErrorOf(error),
    isDataRefused: code !== undefined && DATA_REFUSALS.test(code),
  });
}

// TypeORM wraps what the driver throws, and its wrapper holds the statement with every value bound to it.
function driverErrorOf(error: unknown): unknown {
  return isObject(error) && 'driverError' in error ? error.driverError : error;
}

export function codeOf(error: unknown): string | undefined {
  const inner = driverErrorOf(error);
  const code = isObject(inner) && 'code' in inner ? inner.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

export function messageOf(error: unknown): string {
  const inner = driverErrorOf(error);
  return isObject(inner) && 'message' in inner ? String(inner.message) : String(inner);
}

// Not `instanceof Error`: an error of the driver may come from another realm than this module.
function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
