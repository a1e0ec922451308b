import type { FastifyInstance } from 'fastify';
import type { TypeflowLogger } from '../core/logger';
import { retryAfterOf } from './access/gate';
import { TypeflowError } from '../core/errors/typeflow-error';
import { isFrameworkError, toProblem, toTypeflowError } from './problems';
import { PROBLEM } from './schemas/answers';

/**
 * Makes a problem document of whatever a request ends with. What is no fault of the request is logged, and not told.
 *
 * @param isMounted with an application around it, whose own refusals (a 401 of its hook, say) are left to it
 */
export function answerErrors(
  instance: FastifyInstance,
  { logger, isMounted }: { readonly logger: TypeflowLogger; readonly isMounted: boolean },
): void {
  instance.setErrorHandler(async (thrown, request, reply) => {
    if (isMounted && isRefusal(thrown)) throw thrown;
    const error = toTypeflowError(thrown);
    const problem = toProblem(error, request.id);
    if (problem.status >= 500) {
      const fields = {
        requestId: request.id,
        method: request.method,
        route: request.routeOptions.url,
        code: error.code,
      };
      logger.error({ ...fields, err: thrown }, 'a request could not be answered');
    }
    const retryAfter = retryAfterOf(error);
    if (retryAfter !== undefined) reply.header('retry-after', retryAfter);
    // Of this type Fastify would validate nothing either, but it would be asked for a serializer by status.
    return reply.code(problem.status).type(PROBLEM).serializer(String).send(JSON.stringify(problem));
  });
}

/** What neither we nor Fastify have thrown, of a status that blames the request. */
function isRefusal(thrown: unknown): boolean {
  if (thrown instanceof TypeflowError || isFrameworkError(thrown)) return false;
  const { statusCode } = Object(thrown) as { readonly statusCode?: unknown };
  return typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500;
}
