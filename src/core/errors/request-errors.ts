import { TypeflowError } from './typeflow-error';

/** One part of a request that does not fit what its operation takes. */
export interface RequestIssue {
  readonly in: 'body' | 'query' | 'path' | 'header';
  /** A JSON pointer to the value, such as `/tags/0`; empty for the part as a whole. */
  readonly pointer: string;
  readonly detail: string;
}

/** A request to the service does not fit the schema of its operation. */
export class RequestInvalidError extends TypeflowError {
  readonly code = 'REQUEST_INVALID';
  constructor(readonly issues: readonly RequestIssue[]) {
    const lines = issues.map((issue) => `${issue.in}${issue.pointer} ${issue.detail}`);
    super(`the request does not fit what this operation takes: ${lines.join('; ')}; /openapi.json describes it`);
  }
}

/** The request has no token that the service knows. */
export class UnauthenticatedError extends TypeflowError {
  readonly code = 'UNAUTHENTICATED';
  constructor() {
    super(
      'a token is needed: send the header Authorization: Bearer <token>, with one of those the service was started with',
    );
  }
}

/** The token's role may not do this. */
export class ForbiddenError extends TypeflowError {
  readonly code = 'FORBIDDEN';
  constructor(
    readonly role: string,
    readonly needed: string,
  ) {
    super(`this needs the role ${needed}, and the request has the role ${role}; use a token of that role`);
  }
}

/** The service was addressed by a name that it does not answer to: a guard against DNS rebinding. */
export class HostNotAllowedError extends TypeflowError {
  readonly code = 'HOST_NOT_ALLOWED';
  constructor() {
    super(
      'the Host header names neither an IP address, nor localhost, nor a name in allowedHosts; add the name that the service is known by to service.allowedHosts',
    );
  }
}

/** A browser sends this request from a page of another site. */
export class CrossSiteRequestError extends TypeflowError {
  readonly code = 'CROSS_SITE_REQUEST';
  constructor() {
    super(
      'a page of another origin sent this request; the service answers pages of its own origin, and programs that are no browsers',
    );
  }
}

/** No operation of the service has this path and method. */
export class RouteNotFoundError extends TypeflowError {
  readonly code = 'ROUTE_NOT_FOUND';
  constructor() {
    super('there is no operation of this path and method; /openapi.json lists all there are');
  }
}

/** A request that changes something must say that its body is JSON, even if it has none. */
export class ContentTypeError extends TypeflowError {
  readonly code = 'CONTENT_TYPE_UNSUPPORTED';
  constructor() {
    super(
      'a request that changes something needs the header Content-Type: application/json, and JSON in UTF-8 or nothing as its body',
    );
  }
}

/** The body is larger than the service takes. */
export class BodyTooLargeError extends TypeflowError {
  readonly code = 'BODY_TOO_LARGE';
  constructor() {
    super('the body is larger than service.limits.bodyBytes; send less, or a reference to where the rest is');
  }
}

/** A client asks too often, or was refused too often. */
export class TooManyRequestsError extends TypeflowError {
  readonly code = 'TOO_MANY_REQUESTS';
  constructor(
    /** When to try again, s. */
    readonly retryAfter: number,
  ) {
    super(`too many requests of this client; try again in ${retryAfter} s`);
  }
}

/** The service follows as many runs as it may, for this client or for all. */
export class TooManyStreamsError extends TypeflowError {
  readonly code = 'TOO_MANY_STREAMS';
  constructor(
    readonly limit: number,
    of: 'client' | 'service',
  ) {
    super(
      `there are ${limit} event streams of this ${of} already, which is its limit; close one, or ask with GET now and then`,
    );
  }
}

/** Something broke that is no fault of the request. The log of the service says what, under the same request id. */
export class InternalError extends TypeflowError {
  readonly code = 'INTERNAL_ERROR';
  constructor(options?: ErrorOptions) {
    super(
      'something broke while the request was answered; the log of the service says what, under its request id',
      options,
    );
  }
}
