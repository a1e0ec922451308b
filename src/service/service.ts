import { randomUUID } from 'node:crypto';
import type { AddressInfo, Socket } from 'node:net';
import { fastify } from 'fastify';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { serviceIssue } from '../application/config/service-issue';
import type { Operations } from '../application/operations';
import type { ServiceOptions } from '../application/service-options';
import { ConfigurationError } from '../core/errors/definition-error';
import { RequestInvalidError } from '../core/errors/request-errors';
import { WorkflowRunner } from '../runner/workflow-runner';
import { serviceAccess } from './access/service-access';
import { serviceLimits } from './limits';
import type { Limits } from './limits';
import { mountService, refuseUnknownRoutes } from './plugin';
import { toProblem } from './problems';
import { PROBLEM } from './schemas/answers';
import { SECURITY_HEADERS } from './security-headers';

/** A service that listens. */
export interface Service {
  /** Such as `http://127.0.0.1:4400`. */
  readonly url: string;
  readonly address: AddressInfo;
  /**
   * Ends event streams and waiting, answers the requests that are there, and stops listening, within a few seconds. Runs go on, and so does the runner: close
   * it after.
   */
  close(): Promise<void>;
}

/** Requests that are not answered so long after `close` lose their connection. */
const CLOSE_GRACE_MS = 5_000;
const IDLE_MS = 90_000;

/**
 * Serves an application over HTTP, by default on 127.0.0.1:4400 alone.
 *
 * @example
 * const runner = await WorkflowRunner.create({ workflows: [OrderWorkflow], database: 'postgres://…', worker: false });
 * const service = await createService(runner);
 * @throws ConfigurationError for an option that does not exist or is wrong; where the options, or the environment's tokens, would let in whom they should
 *   not; or where the address is taken
 */
export async function createService(
  served: WorkflowRunner | Operations,
  options: ServiceOptions = {},
): Promise<Service> {
  const issue = serviceIssue(options);
  if (issue !== undefined) throw new ConfigurationError(issue);
  const { host = '127.0.0.1', port = 4400 } = options;
  const limits = serviceLimits(options.limits);
  const { tokens, allowedHosts } = serviceAccess(options, process.env);
  const app = instanceWith(limits);
  await app.register(async (instance) => {
    await mountService(instance, {
      ...options,
      ...(served instanceof WorkflowRunner ? { runner: served } : { operations: served }),
      tokens,
      allowedHosts,
      role: () => 'admin',
      isMounted: false,
    });
    refuseUnknownRoutes(instance);
  });
  try {
    await app.listen({ host, port });
  } catch (error) {
    await app.close();
    throw new ConfigurationError(
      `the service cannot listen on ${host}:${port}: ${saidOf(error)}; choose another service.port`,
    );
  }
  const address = app.server.address() as AddressInfo;
  return { url: urlOf(host, address), address, close: () => closeWithin(app, CLOSE_GRACE_MS) };
}

/** Slow, huge and broken requests end here, and hold nobody up. */
function instanceWith(limits: Limits): FastifyInstance {
  const app = fastify({
    logger: false,
    genReqId: () => randomUUID(),
    bodyLimit: limits.bodyBytes,
    requestTimeout: limits.requestTimeoutMs,
    connectionTimeout: Math.max(IDLE_MS, limits.requestTimeoutMs),
    keepAliveTimeout: 10_000,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    routerOptions: { maxParamLength: 2_000, ignoreTrailingSlash: false },
    http: {
      headersTimeout: Math.min(15_000, limits.requestTimeoutMs),
      connectionsCheckingInterval: 2_000,
      maxHeaderSize: 16_384,
    },
    clientErrorHandler: refuseBroken,
    frameworkErrors: (_, request, reply: FastifyReply) => {
      const error = new RequestInvalidError([{ in: 'path', pointer: '', detail: 'is no path that could be decoded' }]);
      const problem = toProblem(error, request.id);
      void reply.code(problem.status).headers(SECURITY_HEADERS).type(PROBLEM).send(JSON.stringify(problem));
    },
  });
  app.server.maxConnections = limits.connections;
  app.server.maxHeadersCount = 100;
  return app;
}

/** What is no HTTP, or comes too slowly, gets a bare answer: there is no request yet. */
function refuseBroken(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const status =
    error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? '408 Request Timeout'
      : error.code === 'HPE_HEADER_OVERFLOW'
        ? '431 Request Header Fields Too Large'
        : '400 Bad Request';
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}

async function closeWithin(app: FastifyInstance, ms: number): Promise<void> {
  const { server } = app;
  const timer = setTimeout(() => server.closeAllConnections(), ms);
  // Connections whose last answer is given after the end began would be kept for a next request.
  const idle = setInterval(() => server.closeIdleConnections(), 50);
  try {
    await app.close();
  } finally {
    clearTimeout(timer);
    clearInterval(idle);
  }
}

function urlOf(host: string, { port, family, address }: AddressInfo): string {
  // A browser knows no 0.0.0.0, and IPv6 needs its brackets.
  const shown =
    host === '0.0.0.0' || host === '::'
      ? 'localhost'
      : family === 'IPv6' && host !== 'localhost'
        ? `[${address}]`
        : host;
  return `http://${shown}:${port}`;
}

function saidOf(error: unknown): string {
  const { code } = Object(error) as { readonly code?: unknown };
  return code === 'EADDRINUSE'
    ? 'the port is in use'
    : code === 'EACCES'
      ? 'it is not permitted'
      : String(code ?? error);
}
