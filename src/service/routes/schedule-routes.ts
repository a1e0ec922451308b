import type { FastifyRequest } from 'fastify';
import type { SetSchedule } from '../../application/operations';
import { LOCATION, bodyProblems, problems } from '../schemas/answers';
import { json, name } from '../schemas/fields';
import { described, items, object, ref } from '../schemas/json-schema';
import { baseOf } from '../service-context';
import type { ServiceContext } from '../service-context';
import type { ServiceRoute } from '../service-route';
import { locate } from './run-routes';

const params = object(
  { name: described(name, 'Of a declared schedule it is `workflow/flow`; its slash is written as %2F.') },
  ['name'],
);
const common = { tag: 'schedules', params } as const;

/** What begins by the clock. */
export function scheduleRoutes(context: ServiceContext): readonly ServiceRoute[] {
  const { operations } = context;
  return [
    {
      method: 'GET',
      path: '/schedules',
      operationId: 'listSchedules',
      tag: 'schedules',
      summary: 'All schedules, declared ones and those made by hand.',
      role: 'viewer',
      answers: { 200: { description: 'The schedules.', schema: items(ref('Schedule')) }, ...problems() },
      handle: async () => ({ items: await operations.schedules() }),
    },
    putRoute(context),
    {
      ...common,
      method: 'DELETE',
      path: '/schedules/:name',
      operationId: 'removeSchedule',
      summary: 'Forgets a schedule. A declared one is there again when a worker starts.',
      role: 'admin',
      answers: {
        200: {
          description: 'Whether there was one.',
          schema: object({ isRemoved: { type: 'boolean' } }, ['isRemoved']),
        },
        ...problems(404),
      },
      handle: (request) => operations.removeSchedule(nameOf(request)),
    },
    {
      ...common,
      method: 'POST',
      path: '/schedules/:name/trigger',
      operationId: 'triggerSchedule',
      summary: 'Begins a run now, beside the clock.',
      role: 'operator',
      body: object({}),
      answers: { 201: { description: 'The run.', schema: ref('RunRef'), headers: LOCATION }, ...bodyProblems(404) },
      handle: async (request, reply) => {
        const run = await operations.triggerSchedule(nameOf(request));
        locate(reply, baseOf(context, request), run.id);
        reply.code(201);
        return run;
      },
    },
    turnRoute('pause', 'No further ticks until it is resumed.', (one) => operations.pauseSchedule(one)),
    turnRoute('resume', 'Goes on with the first tick from now on.', (one) => operations.resumeSchedule(one)),
  ];
}

function putRoute({ operations }: ServiceContext): ServiceRoute {
  return {
    ...common,
    method: 'PUT',
    path: '/schedules/:name',
    operationId: 'setSchedule',
    summary: 'Makes a schedule, or changes one that was made so.',
    role: 'admin',
    body: object(
      {
        workflow: name,
        flow: name,
        cron: { type: 'string', minLength: 1, maxLength: 200 },
        timeZone: { type: 'string', minLength: 1, maxLength: 100 },
        overlap: { type: 'string', enum: ['skip', 'queue', 'cancel-previous'] },
        catchUp: { type: 'string', enum: ['none', 'last', 'all'] },
        input: json,
      },
      ['workflow', 'flow', 'cron'],
    ),
    answers: { 200: { description: 'The schedule.', schema: ref('Schedule') }, ...bodyProblems(404) },
    handle: (request) => operations.setSchedule(nameOf(request), request.body as SetSchedule),
  };
}

function turnRoute(verb: 'pause' | 'resume', summary: string, turn: (name: string) => Promise<void>): ServiceRoute {
  return {
    ...common,
    method: 'POST',
    path: `/schedules/:name/${verb}`,
    operationId: `${verb}Schedule`,
    summary,
    role: 'operator',
    body: object({}),
    answers: { 204: { description: 'Done.' }, ...bodyProblems(404) },
    handle: async (request, reply) => {
      await turn(nameOf(request));
      reply.code(204);
      return undefined;
    },
  };
}

function nameOf({ params: given }: FastifyRequest): string {
  return (given as { name: string }).name;
}
