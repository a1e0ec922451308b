import { DatabaseUnreachableError } from '../../../core/errors/store-errors';
import { codeOf, messageOf } from '../database-errors';

/** Why a connection failed, without anything that might hold a password: the URL and the driver's options stay out. */
export function unreachable(where: string, error: unknown): DatabaseUnreachableError {
  const first = firstOf(error);
  const code = codeOf(first);
  return new DatabaseUnreachableError(
    `cannot connect to ${where}: ${messageOf(first)}${code === undefined ? '' : ` [${code}]`}; ${adviceFor(messageOf(first))}`,
  );
}

function adviceFor(message: string): string {
  if (/unsupported startup parameter/.test(message)) {
    return `this is a pooler such as PgBouncer: in transaction mode create the runner with pooler: 'transaction'`;
  }
  return 'check that it is running and that the address, user, password and database are right';
}

/** Node tries every address of a name and reports all failures in one error without a message. */
function firstOf(error: unknown): unknown {
  const errors: unknown = typeof error === 'object' && error !== null && 'errors' in error ? error.errors : undefined;
  return Array.isArray(errors) ? errors[0] : error;
}
