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
  const gone = goneSignal(context, request, reply);
  const place = streams.enter(gate.clientOf(request).key);
  const leave = (): void => place.leave();
  gone.addEventListener('abort', leave, { once: true });
  if (gone.aborted) leave();
  try {
    // What there is to say of an unknown run is said before the stream begins.
    const { status } = await operations.get(runId);
    const source = operations.events(runId, { signal: gone, ...(typeof after === 'string' && { after }) });
    const events = source[Symbol.asyncIterator]();
    const first = isFinalRunStatus(status) ? await events.next() : undefined;
    // A service that closes ends the iteration too: its clients may come back.
    if (first?.done === true && !gone.aborted) {
      leave();
      reply.code(204);
      return undefined;
    }
    const to = new PassThrough({ highWaterMark: 16 * 1_024 });
    // It may break before anybody reads it: while a hook of the application holds the answer back, say.
    to.on('error', () => undefined);
    void writeEvents(resumed(first, events), { to, gone })
      .catch((error: unknown) => to.destroy(error as Error))
      .finally(leave);
    reply.header('x-accel-buffering', 'no').type('text/event-stream; charset=utf-8');
    return to;
  } catch (error) {
    leave();
    throw error;
  }
}

/** An iteration that may have begun. */
async function* resumed<T>(
  first: IteratorResult<T, void> | undefined,
  rest: AsyncIterator<T, void>,
): AsyncGenerator<T, void, void> {
  try {
    for (let next = first ?? (await rest.next()); next.done !== true; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}
