import { setMaxListeners } from 'node:events';
import type { FastifyInstance, FastifyPluginAsync, FastifyRequest, RegisterOptions } from 'fastify';
import { COMMON_OPTIONS, serviceIssue } from '../application/config/service-issue';
import type { OptionNames } from '../runner/option-issue';
import { createOperations } from '../application/local-operations';
import type { Operations } from '../application/operations';
import { packageVersion } from '../application/package-version';
import type { AccessToken, Role, ServiceOptions } from '../application/service-options';
import { ConfigurationError } from '../core/errors/definition-error';
import { RouteNotFoundError } from '../core/errors/request-errors';
import { defaultLogger } from '../runner/default-logger';
import type { WorkflowRunner } from '../runner/workflow-runner';
import { Gate } from './access/gate';
import { hostGuard } from './access/hosts';
import { countPerMinute } from './access/rates';
import { checkTokens, tokensFromEnvironment } from './access/tokens';
import { answerErrors } from './answer-errors';
import { EventStreams } from './events/event-streams';
import { takeJsonOnly } from './json-body';
import { serviceLimits } from './limits';
import type { Limits } from './limits';
import { logRequests } from './request-log';
import { requestValidation } from './request-validation';
import { allRoutes } from './routes/all-routes';
import { SECURITY_HEADERS } from './security-headers';
import type { ServiceContext } from './service-context';
import type { ServiceRoute } from './service-route';

/** How a service is mounted in an application of Fastify. Its prefix is `register`'s. */
export interface TypeflowServiceOptions extends Omit<ServiceOptions, 'host' | 'port' | 'auth'> {
  /** What is served: the runner, or operations on one. Closing the application closes neither. */
  readonly runner?: WorkflowRunner;
  readonly operations?: Operations;
  /**
   * - `'host'`: hooks of the application have decided, before a request comes here, who may send it
   * - `'tokens'`: the service's own tokens, those of the options or the environment
   */
  readonly auth: 'host' | 'tokens';
  /** With `auth: 'host'`: the role of who sent a request. Default `'admin'` for all. */
  readonly role?: (request: FastifyRequest) => Role | Promise<Role>;
}

const PLUGIN_OPTIONS: OptionNames<TypeflowServiceOptions & RegisterOptions> = {
  runner: true,
  operations: true,
  role: true,
  ...COMMON_OPTIONS,
  // Fastify hands on what it was told itself.
  prefix: true,
  logLevel: true,
  logSerializers: true,
};

/**
 * The service as a plugin: `app.register(typeflowService, { prefix: '/flows', runner, auth: 'host' })`. Its hooks, schemas and answers are its own, and the
 * application's stay as they are.
 *
 * @throws ConfigurationError for options that do not exist, are wrong, or do not go together
 */
export const typeflowService: FastifyPluginAsync<TypeflowServiceOptions> = async (instance, options) => {
  const issue = serviceIssue(options, PLUGIN_OPTIONS);
  if (issue !== undefined) throw new ConfigurationError(issue);
  const { auth, tokens, allowedHosts, role = () => 'admin' as const } = options;
  if (auth !== 'host' && auth !== 'tokens') {
    throw new ConfigurationError(
      `typeflowService needs auth: 'host', where your hooks decide who is let in, or auth: 'tokens'`,
    );
  }
  if (typeof role !== 'function') throw new ConfigurationError('service.role must be a function of the request');
  const known = auth === 'host' ? undefined : (tokens ?? tokensFromEnvironment(process.env));
  if (auth === 'tokens' && known === undefined) {
    throw new ConfigurationError(
      `auth: 'tokens' needs tokens: give option tokens, or set TYPEFLOW_TOKENS or TYPEFLOW_TOKENS_FILE`,
    );
  }
  if (auth === 'host' && tokens !== undefined) {
    throw new ConfigurationError(
      `auth: 'host' lets in whom your hooks let in; leave out tokens, or say auth: 'tokens'`,
    );
  }
  await mountService(instance, {
    ...options,
    tokens: known,
    role,
    isMounted: true,
    // Who is let in is the application's to say, and so is under which names.
    allowedHosts: allowedHosts ?? (auth === 'host' ? ['*'] : []),
  });
};

export interface MountOptions extends Omit<TypeflowServiceOptions, 'auth' | 'tokens' | 'allowedHosts'> {
  /** `undefined`: everybody is let in. */
  readonly tokens: readonly AccessToken[] | undefined;
  readonly role: (request: FastifyRequest) => Role | Promise<Role>;
  readonly allowedHosts: readonly string[];
  /** Whether there is an application around it, whose hooks may refuse requests in their own words. */
  readonly isMounted: boolean;
}

/** Adds everything to an instance that is the service's own. */
export async function mountService(instance: FastifyInstance, options: MountOptions): Promise<void> {
  const { tokens, role, allowedHosts, isMounted, logger = defaultLogger } = options;
  const limits = serviceLimits(options.limits);
  if (tokens !== undefined) checkTokens(tokens, 'service.tokens');
  const gate = new Gate({ tokens, roleOf: role, checkHost: hostGuard(allowedHosts) });
  gate.limit({
    requests: await countPerMinute(instance, limits.requestsPerMinute, (request) => gate.clientOf(request).key),
    failures: await countPerMinute(instance, limits.failuresPerMinute, ({ ip }) => ip),
  });
  const closing = new AbortController();
  // One listener for each request that waits.
  setMaxListeners(0, closing.signal);
  const context: ServiceContext = {
    operations: operationsOf(options),
    gate,
    streams: new EventStreams(limits),
    metrics: options.metrics,
    prefix: instance.prefix,
    closing: closing.signal,
  };
  instance.addHook('preClose', async () => closing.abort());
  instance.addHook('onRequest', async (request, reply) => {
    void reply.headers(SECURITY_HEADERS).header('x-request-id', request.id);
    await gate.letIn(request, reply);
  });
  answerErrors(instance, { logger, isMounted });
  logRequests(instance, { logger, gate });
  takeJsonOnly(instance);
  instance.setValidatorCompiler(await requestValidation());
  // Nothing is left out of an answer, and nothing converted: views are JSON already.
  instance.setSerializerCompiler(() => (data) => JSON.stringify(data));
  for (const route of allRoutes(context, packageVersion())) addRoute(instance, route, { gate, limits });
}

function operationsOf({ operations, runner, redact }: MountOptions): Operations {
  if (operations !== undefined) {
    if (runner === undefined && redact === undefined) return operations;
    throw new ConfigurationError(
      'operations bring their runner and what they redact; give runner and redact without operations',
    );
  }
  if (runner !== undefined) return createOperations(runner, redact === undefined ? {} : { redact });
  throw new ConfigurationError('typeflowService needs what it serves: give runner, or operations');
}

function addRoute(
  instance: FastifyInstance,
  route: ServiceRoute,
  { gate, limits }: { readonly gate: Gate; readonly limits: Limits },
): void {
  const { method, path, role, params, query, headers, body } = route;
  instance.route({
    method,
    url: path,
    bodyLimit: limits.bodyBytes,
    // HEAD would run what GET does, and throw it away.
    exposeHeadRoute: false,
    schema: {
      // The prefix may have parameters, too, which are the application's.
      ...(params && { params: { ...params, additionalProperties: true } }),
      // Where there is none to be given, none may be given.
      querystring: query ?? { type: 'object', additionalProperties: false },
      ...(headers && { headers }),
      ...(body && { body }),
    },
    onRequest: async (request) => gate.requireRole(request, role),
    ...(body && {
      preValidation: async (request) => {
        request.body ??= {};
      },
    }),
    handler: (request, reply) => route.handle(request, reply),
  });
}

/** What answers paths that do not exist, where nothing but the service listens. */
export function refuseUnknownRoutes(instance: FastifyInstance): void {
  instance.setNotFoundHandler(async () => {
    throw new RouteNotFoundError();
  });
}
