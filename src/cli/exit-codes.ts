import { ERROR_CODES } from '../core/errors/codes';

/** What a process of the command line ends with; docs/cli.md has the table, and a test keeps both equal. */
export const EXIT = {
  /** It was done. */
  ok: 0,
  /** The run FAILED or was CANCELLED, what was asked is refused as things stand, or something went wrong. */
  failed: 1,
  /** The command line, or a value in it, is wrong. */
  usage: 2,
  /** There is no such run, workflow, flow or schedule. */
  notFound: 3,
  /** The database or the service does not answer, or cannot be used now. */
  unavailable: 4,
  /** The service does not let this token, or none, do it. */
  forbidden: 5,
  /** The application cannot be loaded, or something in it is wrong. */
  application: 6,
  /** Ctrl-C. Runs go on. */
  interrupted: 130,
} as const;

/** Ends a command with this code, after what it had to say was written. */
export class ExitError extends Error {
  override readonly name = 'ExitError';
  constructor(readonly exitCode: number) {
    super(`exit ${exitCode}`);
  }
}

/** The command line is wrong in a way that its parser cannot see. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly code = 'USAGE';
}

const OF_APPLICATION: ReadonlySet<unknown> = new Set([
  'APPLICATION_NOT_LOADED',
  'CONFIGURATION_INVALID',
  'DEFINITION_INVALID',
  'ENVIRONMENT_INVALID',
]);

/** By the error's code, and the HTTP status that goes with it, so that it is the same against a database and against a service. */
export function exitCodeOf(error: unknown): number {
  const { code, status, exitCode } = Object(error) as Readonly<Record<string, unknown>>;
  if (error instanceof ExitError) return exitCode as number;
  if (error instanceof UsageError) return EXIT.usage;
  if (OF_APPLICATION.has(code)) return EXIT.application;
  const isOurs = typeof code === 'string' && code in ERROR_CODES;
  const known = isOurs ? ERROR_CODES[code as keyof typeof ERROR_CODES] : status;
  if (known === 400) return EXIT.usage;
  if (known === 401 || known === 403) return EXIT.forbidden;
  if (known === 404) return EXIT.notFound;
  // A proxy says so of the service behind it; of our own codes 504 means that a wait was ended.
  const isGateways = !isOurs && (known === 502 || known === 504);
  return known === 503 || isGateways ? EXIT.unavailable : EXIT.failed;
}
