import type { FastifyInstance } from 'fastify';
import type { TypeflowLogger } from '../core/logger';
import type { Gate } from './access/gate';

/**
 * One line for each request: of level `info` for what changes something, so that there is a record of who did what, otherwise `debug`. It has the route's
 * pattern, not its address or headers: nothing in it was written by a client but the id of a run.
 */
export function logRequests(
  instance: FastifyInstance,
  { logger, gate }: { readonly logger: TypeflowLogger; readonly gate: Gate },
): void {
  instance.addHook('onResponse', async (request, reply) => {
    const level = request.method === 'GET' ? 'debug' : 'info';
    if (logger.isLevelEnabled?.(level) === false) return;
    const { id } = Object(request.params) as { readonly id?: unknown };
    const fields = {
      requestId: request.id,
      client: gate.clientOf(request).name,
      method: request.method,
      route: request.routeOptions.url,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime),
      ...(typeof id === 'string' && reply.statusCode < 400 && { runId: id }),
    };
    logger[level](fields, 'request');
  });
}
