import { DatabaseUnreachableError } from '../../../core/errors/store-errors';

/** Why a connection failed, without anything that might hold a password: the URL and the driver's options stay out. */
export function unreachable(where: string, error: unknown): DatabaseUnreachableError {
  const { message, code } = describe(error);
  return new DatabaseUnreachableError(
    `cannot connect to ${where}: ${message}${code === undefined ? '' : ` [${code}]`}; check that it is running and that the ` +
      `address, user, password and database are right`,
  );
}

function describe(error: unknown): { readonly message: string; readonly code: string | undefined } {
  // Node tries every address of a name and reports all failures in one error without a message.
  const first = error instanceof AggregateError ? error.errors[0] : error;
  const message = first instanceof Error ? first.message : String(first);
  const code = first instanceof Error && 'code' in first && typeof first.code === 'string' ? first.code : undefined;
  return { message, code };
}
