import { ERROR_CODES } from '../core/errors/codes';
import type { ErrorCode } from '../core/errors/codes';
import {
  BodyTooLargeError,
  ContentTypeError,
  InternalError,
  RequestInvalidError,
  RouteNotFoundError,
} from '../core/errors/request-errors';
import type { RequestIssue } from '../core/errors/request-errors';
import { PayloadInvalidError } from '../core/errors/run-errors';
import { TypeflowError } from '../core/errors/typeflow-error';

/** What was wrong with a request, as RFC 9457 words it, and with our code. */
export interface Problem {
  /** A URN, for there is no address that would be right for every installation. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ErrorCode;
  /** Left out of what is the service's own fault: messages of databases name hosts and statements. */
  readonly detail?: string;
  readonly requestId: string;
  readonly errors?: readonly RequestIssue[];
  readonly runId?: string;
  readonly runStatus?: string;
}

export function toProblem(error: TypeflowError, requestId: string): Problem {
  const { code } = error;
  const status = ERROR_CODES[code];
  const common = { type: `urn:typeflow:error:${code}`, title: titleOf(code), status, code };
  if (status >= 500) return { ...common, requestId };
  const { runId, status: runStatus } = error as { readonly runId?: unknown; readonly status?: unknown };
  const errors = issuesOf(error);
  return {
    ...common,
    detail: error.message,
    requestId,
    ...(errors && { errors }),
    ...(typeof runId === 'string' && { runId }),
    ...(typeof runStatus === 'string' && { runStatus }),
  };
}

/** Our error for whatever was thrown. */
export function toTypeflowError(thrown: unknown): TypeflowError {
  if (thrown instanceof TypeflowError) return thrown;
  const { code, statusCode, validation, validationContext } = Object(thrown) as Partial<FrameworkError>;
  if (Array.isArray(validation)) {
    return new RequestInvalidError(validation.map((issue) => toIssue(issue, validationContext)));
  }
  switch (code) {
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new ContentTypeError();
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new BodyTooLargeError();
    case 'FST_ERR_NOT_FOUND':
      return new RouteNotFoundError();
  }
  const isOfRequest = typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500;
  if (!isOfRequest || !isFrameworkError(thrown)) return new InternalError({ cause: thrown });
  return new RequestInvalidError([{ in: 'body', pointer: '', detail: 'could not be read' }]);
}

/** Whether Fastify has refused a request. */
export function isFrameworkError(thrown: unknown): boolean {
  const { code, validation } = Object(thrown) as Partial<FrameworkError>;
  return Array.isArray(validation) || (typeof code === 'string' && code.startsWith('FST_'));
}

/** What Fastify throws of a request, as far as it is used here. */
interface FrameworkError {
  readonly code: string;
  readonly statusCode: number;
  readonly validation: readonly SchemaError[];
  readonly validationContext: string;
}

interface SchemaError {
  readonly instancePath: string;
  readonly keyword: string;
  readonly message?: string;
  readonly params?: Readonly<Record<string, unknown>>;
}

const PARTS: Readonly<Record<string, RequestIssue['in']>> = {
  body: 'body',
  querystring: 'query',
  params: 'path',
  headers: 'header',
};

function toIssue({ instancePath, keyword, message, params = {} }: SchemaError, context = 'body'): RequestIssue {
  const { additionalProperty, missingProperty, allowedValues } = params;
  const named = keyword === 'required' ? missingProperty : additionalProperty;
  const detail =
    keyword === 'additionalProperties'
      ? 'is not known here'
      : keyword === 'required'
        ? 'is missing'
        : keyword === 'enum'
          ? `must be one of ${String(allowedValues)}`
          : (message ?? 'is wrong');
  const pointer = typeof named === 'string' ? `${instancePath}/${escaped(named)}` : instancePath;
  return { in: PARTS[context] ?? 'body', pointer: pointer.slice(0, 200), detail };
}

/** Of an input that a flow's schema refuses: where in the body it is. */
function issuesOf(error: TypeflowError): readonly RequestIssue[] | undefined {
  if (error instanceof RequestInvalidError) return error.issues;
  if (!(error instanceof PayloadInvalidError)) return undefined;
  return error.issues.map(({ path, message }) => {
    const steps = path.split(/[.[\]]+/).filter((step) => step !== '');
    return { in: 'body', pointer: ['', 'input', ...steps.map(escaped)].join('/'), detail: message };
  });
}

/** RFC 6901. */
function escaped(step: string): string {
  return step.replaceAll('~', '~0').replaceAll('/', '~1');
}

function titleOf(code: string): string {
  const words = code.toLowerCase().replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
