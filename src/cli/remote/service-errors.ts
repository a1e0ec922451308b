/** The service answered that it could not be done: with the code that the same call has against a database. */
export class ServiceAnswerError extends Error {
  override readonly name = 'ServiceAnswerError';
  constructor(
    message: string,
    readonly code: string,
    /** Of HTTP. */
    readonly status: number,
  ) {
    super(message);
  }
}

/** Nobody answered, or somebody else than a Typeflow service. */
export class ServiceUnreachableError extends Error {
  override readonly name = 'ServiceUnreachableError';
  readonly code = 'SERVICE_UNREACHABLE';
  readonly status = 503;
}

/** What a problem document (RFC 9457) says, or as much as there is without one. */
export function toServiceError(status: number, body: unknown): Error {
  const { code, detail, title, errors } = Object(body) as Readonly<Record<string, unknown>>;
  if (typeof code === 'string') {
    const message = typeof detail === 'string' ? detail : typeof title === 'string' ? title : code;
    return new ServiceAnswerError([message, ...issueLines(message, errors)].join('\n'), code, status);
  }
  const hint = typeof detail === 'string' ? `: ${detail}` : '; is there a Typeflow service at this address?';
  return new ServiceAnswerError(`the service answered with status ${status}${hint}`, `HTTP_${status}`, status);
}

/** What the document says of parts of the request, unless its message does. */
function issueLines(message: string, errors: unknown): readonly string[] {
  if (!Array.isArray(errors)) return [];
  return errors.flatMap((error) => {
    const { in: part, pointer, detail } = Object(error) as Readonly<Record<string, unknown>>;
    return typeof detail !== 'string' || message.includes(detail)
      ? []
      : [`- ${String(part)}${String(pointer)} ${detail}`];
  });
}
