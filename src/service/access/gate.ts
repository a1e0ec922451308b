import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AccessToken, Role } from '../../application/service-options';
import {
  ContentTypeError,
  ForbiddenError,
  TooManyRequestsError,
  UnauthenticatedError,
} from '../../core/errors/request-errors';
import { refuseCrossSite } from './hosts';
import type { CountRequest } from './rates';
import { ROLES, TokenDesk } from './tokens';

/** Who sent a request. */
export interface Client {
  /** What is counted by: a token, or else an address. */
  readonly key: string;
  /** For logs. */
  readonly name: string;
  readonly role: Role;
}

export interface GateOptions {
  /** `undefined`: everybody is let in. */
  readonly tokens: readonly AccessToken[] | undefined;
  /** What whoever needs no token may do. */
  readonly roleOf: (request: FastifyRequest) => Role | Promise<Role>;
  readonly checkHost: (request: FastifyRequest) => void;
}

/** Every request passes here first. */
export class Gate {
  readonly #options: GateOptions;
  readonly #desk: TokenDesk | undefined;
  readonly #clients = new WeakMap<FastifyRequest, Client>();
  #countRequest: CountRequest = async () => undefined;
  #countFailure: CountRequest = async () => undefined;

  constructor(options: GateOptions) {
    this.#options = options;
    this.#desk = options.tokens && new TokenDesk(options.tokens);
  }

  limit(counts: { readonly requests: CountRequest; readonly failures: CountRequest }): void {
    this.#countRequest = counts.requests;
    this.#countFailure = counts.failures;
  }

  /** Whose request it is; before it was let in, its address. */
  clientOf(request: FastifyRequest): Client {
    return this.#clients.get(request) ?? { key: request.ip, name: request.ip, role: 'viewer' };
  }

  /**
   * @throws HostNotAllowedError, UnauthenticatedError, TooManyRequestsError, CrossSiteRequestError, ContentTypeError
   */
  async letIn(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    this.#options.checkHost(request);
    this.#clients.set(request, await this.#identify(request, reply));
    await this.#countRequest(request);
    refuseCrossSite(request);
    if (request.method === 'POST' || request.method === 'PUT') requireJson(request);
  }

  /** @throws ForbiddenError */
  requireRole(request: FastifyRequest, needed: Role): void {
    const { role } = this.clientOf(request);
    if (ROLES.indexOf(role) < ROLES.indexOf(needed)) throw new ForbiddenError(role, needed);
  }

  async #identify(request: FastifyRequest, reply: FastifyReply): Promise<Client> {
    const { ip, headers } = request;
    if (this.#desk === undefined) return { key: ip, name: ip, role: await this.#options.roleOf(request) };
    const token = this.#desk.find(headers.authorization);
    // A right token is let in however many wrong ones came from its address: others may share it.
    if (token !== undefined) return { key: `token ${token.name}`, name: token.name, role: token.role };
    await this.#countFailure(request);
    reply.header('www-authenticate', 'Bearer realm="typeflow"');
    throw new UnauthenticatedError();
  }
}

/** A form, and a script without permission, can send this only after the browser has asked, which is refused. */
function requireJson({ headers }: FastifyRequest): void {
  const [type, ...parameters] = (headers['content-type'] ?? '').toLowerCase().split(';');
  if (type?.trim() !== 'application/json' || parameters.some(isOtherCharset)) throw new ContentTypeError();
}

/** JSON is UTF-8 (RFC 8259); it may be said, and nothing else. */
function isOtherCharset(parameter: string): boolean {
  return /^\s*charset\s*=/.test(parameter) && !/^\s*charset\s*=\s*("?)utf-?8\1\s*$/.test(parameter);
}

/** Seconds for `Retry-After`. */
export function retryAfterOf(error: unknown): number | undefined {
  return error instanceof TooManyRequestsError ? error.retryAfter : undefined;
}
