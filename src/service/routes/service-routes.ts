import { packageVersion } from '../../application/package-version';
import { METRICS_TYPE, serviceMetrics } from '../metrics';
import type { OpenApiDocument } from '../openapi';
import { problems } from '../schemas/answers';
import { ref, view } from '../schemas/json-schema';
import { baseOf } from '../service-context';
import type { ServiceContext } from '../service-context';
import type { ServiceRoute } from '../service-route';

/** The service itself. @param document its OpenAPI document, once all routes are known */
export function serviceRoutes(context: ServiceContext, document: () => OpenApiDocument): readonly ServiceRoute[] {
  const version = packageVersion();
  const health = ref('Health');
  return [
    {
      method: 'GET',
      path: '/health',
      operationId: 'getHealth',
      tag: 'service',
      summary: 'That this process answers, whatever its database does.',
      role: 'viewer',
      answers: {
        200: { description: 'It lives.', schema: view({ status: { const: 'ok' }, version: { type: 'string' } }) },
        ...problems(),
      },
      handle: async () => ({ status: 'ok', version }),
    },
    {
      method: 'GET',
      path: '/ready',
      operationId: 'getReadiness',
      tag: 'service',
      summary: 'Whether the database answers, and the worker of this process, if there is one, reaches it.',
      role: 'viewer',
      answers: {
        200: { description: 'It is ready.', schema: health },
        503: { description: 'It is not.', schema: health },
        ...problems(),
      },
      handle: async (_, reply) => {
        const state = await context.operations.health();
        reply.code(state.isReady ? 200 : 503);
        return state;
      },
    },
    {
      method: 'GET',
      path: '/metrics',
      operationId: 'getMetrics',
      tag: 'service',
      summary: 'Metrics as text that Prometheus reads.',
      role: 'viewer',
      answers: {
        200: { description: 'The metrics.', mediaType: 'text/plain', schema: { type: 'string' } },
        ...problems(),
      },
      handle: async (_, reply) => {
        const text = await serviceMetrics(context);
        reply.type(METRICS_TYPE);
        return text;
      },
    },
    {
      method: 'GET',
      path: '/openapi.json',
      operationId: 'getOpenApi',
      tag: 'service',
      summary: 'This description.',
      role: 'viewer',
      answers: { 200: { description: 'OpenAPI 3.1.', schema: { type: 'object' } }, ...problems() },
      handle: async (request) => ({ ...document(), servers: [{ url: baseOf(context, request) || '/' }] }),
    },
  ];
}
