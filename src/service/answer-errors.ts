import type { FastifyInstance } from 'fastify';
import type { TypeflowLogger } from '../core/logger';
import { retryAfterOf } from './access/gate';
import { toProblem, toTypeflowError } from './problems';
import { PROBLEM } from './schemas/answers';

/** Makes a problem document of whatever a request ends with. What is no fault of the request is logged, and not told. */
export function answerErrors(instance: FastifyInstance, logger: TypeflowLogger): void {
  instance.setErrorHandler(async (thrown, request, reply) => {
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
