/**
 * Names of properties whose values are never recorded. Generous on purpose: a lost hint costs less than a leaked key.
 */
const SECRET_NAME =
  /pass(word|wd|phrase|code)|pass$|pwd|secret|token|api[-_]?key|access[-_]?key|private[-_]?key|authorization|auth$|auth[-_]|cookie|credential|session|signature|bearer|jwt|dsn|connection[-_]?string|headers?$/i;

/** `user:password@` of a URL, parameters of its query, and what follows `Bearer` or `Basic`. */
const URL_PASSWORD = /(:\/\/[^\s:@/]*):[^\s@/]+@/g;
const QUERY_SECRET = /([?&][\w-]*(?:token|key|secret|password|signature|sig)=)[^&\s"']+/gi;
const AUTHORIZATION = /\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi;

export const REDACTED = '[redacted]';

export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}

/** The text without the passwords that can be recognised in it: a best effort, for messages of drivers and HTTP clients. */
export function withoutSecrets(text: string): string {
  if (!/:\/\/|[?&]|bearer|basic/i.test(text)) return text;
  return text
    .replace(URL_PASSWORD, `$1:${REDACTED}@`)
    .replace(QUERY_SECRET, `$1${REDACTED}`)
    .replace(AUTHORIZATION, `$1 ${REDACTED}`);
}
