import { PassThrough } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isFinalRunStatus } from '../../core/statuses';
import { writeEvents } from '../events/write-events';
import { problems } from '../schemas/answers';
import { cursor, runPath } from '../schemas/fields';
import { described } from '../schemas/json-schema';
import { goneSignal } from '../service-context';
import type { ServiceContext } from '../service-context';
import type { ServiceRoute } from '../service-route';
import { idOf } from './run-routes';

const lastEventId = {
  type: 'object',
  properties: {
    'last-event-id': described(cursor, 'The id of the last event that was seen: what follows it is told.'),
  },
};

/** Server-sent events of one run. */
export function eventRoute(context: ServiceContext): ServiceRoute {
  return {
    method: 'GET',
    path: '/workflows/:id/events',
    operationId: 'followRun',
    tag: 'runs',
    summary: 'What happens in a run, as server-sent events, until it is over.',
    role: 'viewer',
    params: runPath,
    headers: lastEventId,
    answers: {
      200: {
        description: 'Events run, node, progress and log, whose ids are where to go on, and a last one: end.',
        mediaType: 'text/event-stream',
        schema: { type: 'string' },
      },
      204: { description: 'The run is over and there is nothing after that event: do not come back.' },
      ...problems(404),
    },
    handle: (request, reply) => stream(context, request, reply),
  };
}

async function stream(context: ServiceContext, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { operations, gate, streams } = context;
  const runId = idOf(request.params);
  const after = request.headers['last-event-id'];
  const place = streams.enter(gate.clientOf(request).key);
  const gone = goneSignal(context, reply);
  gone.addEventListener('abort', () => place.leave(), { once: true });
  if (gone.aborted) place.leave();
  try {
    // What there is to say of an unknown run is said before the stream begins.
    const { status } = await operations.get(runId);
    const source = operations.events(runId, { signal: gone, ...(typeof after === 'string' && { after }) });
    const events = source[Symbol.asyncIterator]();
    const first = isFinalRunStatus(status) ? await events.next() : undefined;
    if (first?.done === true) {
      place.leave();
      reply.code(204);
      return undefined;
    }
    const to = new PassThrough({ highWaterMark: 16 * 1_024 });
    void writeEvents(resumed(first?.value, events), { to, gone }).catch((error: unknown) => to.destroy(error as Error));
    reply.header('x-accel-buffering', 'no').type('text/event-stream; charset=utf-8');
    return to;
  } catch (error) {
    place.leave();
    throw error;
  }
}

/** An iteration that may have begun. */
async function* resumed<T>(first: T | undefined, rest: AsyncIterator<T>): AsyncGenerator<T, void, void> {
  try {
    if (first !== undefined) yield first;
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}
