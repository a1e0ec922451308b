import type { FastifyReply } from 'fastify';
import type { ExecutedView } from '../../application/views';
import { MAX_WAIT_MS } from '../../application/execute-run';
import { parseDuration } from '../../core/durations';
import { ArgumentError } from '../../core/errors/definition-error';
import { LOCATION, bodyProblems } from '../schemas/answers';
import { duration, json, name, runPath } from '../schemas/fields';
import { object, ref } from '../schemas/json-schema';
import { baseOf, goneSignal } from '../service-context';
import type { ServiceContext } from '../service-context';
import type { ServiceRoute } from '../service-route';
import { idOf, locate } from './run-routes';

interface ExecuteBody {
  readonly flow?: string;
  readonly input?: unknown;
  readonly wait?: number | string;
}

const wait = {
  anyOf: [{ type: 'integer', minimum: 0, maximum: MAX_WAIT_MS }, duration],
  description: 'How long to wait for the end: ms, or a text such as 30s; at most 60 s.',
};

/** Sets a held run going. */
export function executeRoute(context: ServiceContext): ServiceRoute {
  return {
    method: 'POST',
    path: '/workflows/:id/execute',
    operationId: 'executeRun',
    tag: 'runs',
    summary:
      'Sets a held run going; of a COMPLETED run it answers with the result, or begins another flow that takes over its records.',
    role: 'operator',
    params: runPath,
    body: object({ flow: name, input: json, wait }),
    answers: {
      200: { description: 'The run is over: within `wait`, or before.', schema: ref('Run') },
      201: {
        description: 'A new run of another flow, which takes over what is there.',
        schema: ref('Run'),
        headers: LOCATION,
      },
      202: { description: 'The run was set going.', schema: ref('Run') },
      ...bodyProblems(404, 409),
    },
    handle: async (request, reply) => {
      const { params, body } = request;
      const { wait: asked = 0, ...what } = body as ExecuteBody;
      const waitMs = waitOf(asked);
      const { outcome, run } = await context.operations.execute(idOf(params), {
        ...what,
        waitMs,
        signal: goneSignal(context, request, reply),
      });
      answer(reply, outcome);
      if (outcome === 'forked') locate(reply, baseOf(context, request), run.id);
      return run;
    },
  };
}

function answer(reply: FastifyReply, outcome: ExecutedView['outcome']): void {
  reply.code(outcome === 'finished' ? 200 : outcome === 'forked' ? 201 : 202);
}

function waitOf(asked: number | string): number {
  const waitMs = parseDuration(asked, { what: 'wait', allowZero: true });
  if (waitMs <= MAX_WAIT_MS) return waitMs;
  throw new ArgumentError(`wait must be at most 60 s, got ${JSON.stringify(asked)}; follow its events, or ask again`);
}
