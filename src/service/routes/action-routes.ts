import type { ForkRun } from '../../application/operations';
import { LOCATION, bodyProblems } from '../schemas/answers';
import { idempotencyKey, json, longText, name, runId, runPath } from '../schemas/fields';
import { described, object, ref, view } from '../schemas/json-schema';
import { baseOf } from '../service-context';
import type { ServiceContext } from '../service-context';
import type { ServiceRoute } from '../service-route';
import { idOf, keyOf, locate } from './run-routes';

const accepted = view({
  isAccepted: { type: 'boolean', description: 'false: the run was over already.' },
});

/** What is done to one run. */
export function actionRoutes(context: ServiceContext): readonly ServiceRoute[] {
  return [cancelRoute(context), retryRoute(context), forkRoute(context), signalRoute(context)];
}

function cancelRoute({ operations }: ServiceContext): ServiceRoute {
  return {
    method: 'POST',
    path: '/workflows/:id/cancel',
    operationId: 'cancelRun',
    tag: 'runs',
    summary: 'Asks for a run to be cancelled; its worker then stops it.',
    role: 'operator',
    params: runPath,
    body: object({ reason: longText }),
    answers: {
      200: { description: 'It was over already.', schema: accepted },
      202: { description: 'It will be cancelled.', schema: accepted },
      ...bodyProblems(404),
    },
    handle: async ({ params, body }, reply) => {
      const answer = await operations.cancel(idOf(params), body as { reason?: string });
      reply.code(answer.isAccepted ? 202 : 200);
      return answer;
    },
  };
}

function retryRoute({ operations }: ServiceContext): ServiceRoute {
  return {
    method: 'POST',
    path: '/workflows/:id/retry',
    operationId: 'retryRun',
    tag: 'runs',
    summary: 'Puts a FAILED or CANCELLED run back to work: what is not COMPLETED runs again.',
    role: 'operator',
    params: runPath,
    body: object({
      from: described(name, 'This task, and all downstream of it, runs again too.'),
      compensations: { type: 'boolean', description: 'Only compensations run that did not complete.' },
    }),
    answers: { 202: { description: 'It runs again.', schema: ref('RunRef') }, ...bodyProblems(404, 409) },
    handle: async ({ params, body }, reply) => {
      const run = await operations.retry(idOf(params), body as { from?: string; compensations?: boolean });
      reply.code(202);
      return run;
    },
  };
}

function forkRoute(context: ServiceContext): ServiceRoute {
  return {
    method: 'POST',
    path: '/workflows/:id/fork',
    operationId: 'forkRun',
    tag: 'runs',
    summary: 'Makes a new run of an old one, which takes over its records but for what is to run again.',
    role: 'operator',
    params: runPath,
    headers: idempotencyKey,
    body: object({
      from: described(name, 'This task, and all downstream of it, runs again.'),
      index: { type: 'integer', minimum: 0, maximum: 1_000_000_000, description: 'Of the element of a mapped task.' },
      input: json,
      version: name,
    }),
    answers: {
      201: {
        description: 'The new run, or the one that has this Idempotency-Key.',
        schema: ref('Fork'),
        headers: LOCATION,
      },
      ...bodyProblems(404, 409),
    },
    handle: async (request, reply) => {
      const asked = { ...(request.body as ForkRun), ...keyOf(request.headers) };
      const fork = await context.operations.fork(idOf(request.params), asked);
      locate(reply, baseOf(context, request), fork.id);
      reply.code(201);
      return fork;
    },
  };
}

function signalRoute({ operations }: ServiceContext): ServiceRoute {
  return {
    method: 'POST',
    path: '/workflows/:id/signal/:name',
    operationId: 'signalRun',
    tag: 'runs',
    summary: 'Sends a signal to a run; it is kept until a task waits for it.',
    role: 'operator',
    params: object({ id: runId, name }, ['id', 'name']),
    body: object({
      payload: json,
      id: described(name, 'A second signal of the same name and id is not kept.'),
    }),
    answers: { 204: { description: 'It is kept.' }, ...bodyProblems(404, 409) },
    handle: async ({ params, body }, reply) => {
      const { name: signal } = params as { name: string };
      await operations.signal(idOf(params), signal, body as { payload?: unknown; id?: string });
      reply.code(204);
      return undefined;
    },
  };
}
