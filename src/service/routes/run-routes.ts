import type { FastifyReply } from 'fastify';
import type { RunFilter } from '../../application/operations';
import type { RunStatus } from '../../core/statuses';
import { LOCATION, bodyProblems, problems } from '../schemas/answers';
import { duration, idempotencyKey, instant, json, name, newTags, runPath, runQuery } from '../schemas/fields';
import { described, items, object, ref } from '../schemas/json-schema';
import { baseOf } from '../service-context';
import type { ServiceContext } from '../service-context';
import type { ServiceRoute } from '../service-route';

interface CreateBody {
  readonly name: string;
  readonly version?: string;
  readonly flow?: string;
  readonly input?: unknown;
  readonly start?: boolean;
  readonly queue?: string;
  readonly priority?: number;
  readonly tags?: readonly string[];
  readonly delay?: string;
  readonly startAt?: string;
  readonly deadline?: string;
}

interface ListQuery extends Omit<RunFilter, 'status' | 'tags'> {
  readonly status?: readonly RunStatus[];
  readonly tag?: readonly string[];
  readonly limit?: number;
  readonly cursor?: string;
}

const createBody = object(
  {
    name: described(name, 'The workflow.'),
    version: name,
    flow: described(name, 'May be left out where the workflow has one, and of a held run.'),
    input: json,
    start: { type: 'boolean', description: 'false, the default: the run is held until `execute`.' },
    queue: name,
    priority: { type: 'integer', minimum: -1_000_000, maximum: 1_000_000 },
    tags: newTags,
    delay: described(duration, 'Of a run that is started: not before so much time has passed.'),
    startAt: described(instant, 'Of a run that is started: not before.'),
    deadline: described(duration, 'Of a run that is started: it must be over in so much time.'),
  },
  ['name'],
);

/** Listing, creating and reading runs. */
export function runRoutes(context: ServiceContext): readonly ServiceRoute[] {
  const { operations } = context;
  return [
    {
      method: 'GET',
      path: '/workflows',
      operationId: 'listRuns',
      tag: 'runs',
      summary: 'A page of runs, newest first, without their nodes.',
      role: 'viewer',
      query: runQuery,
      answers: { 200: { description: 'The runs.', schema: ref('RunPage') }, ...problems() },
      handle: async ({ query }) => {
        const { limit, cursor, tag, ...filter } = query as ListQuery;
        const page = { ...(limit !== undefined && { limit }), ...(cursor !== undefined && { cursor }) };
        return operations.list({ ...filter, ...(tag !== undefined && { tags: tag }) }, page);
      },
    },
    createRoute(context),
    {
      method: 'GET',
      path: '/workflows/:id',
      operationId: 'getRun',
      tag: 'runs',
      summary: 'A run with its nodes, attempts, errors and waits.',
      role: 'viewer',
      params: runPath,
      answers: { 200: { description: 'The run.', schema: ref('RunDetail') }, ...problems(404) },
      handle: ({ params }) => operations.get(idOf(params)),
    },
    {
      method: 'GET',
      path: '/workflows/:id/explain',
      operationId: 'explainRun',
      tag: 'runs',
      summary: 'Why a run, and each of its nodes, is not running now.',
      role: 'viewer',
      params: runPath,
      query: object({ task: described(name, 'That node alone.') }),
      answers: { 200: { description: 'The reasons.', schema: ref('Explanation') }, ...problems(404) },
      handle: ({ params, query }) => operations.explain(idOf(params), (query as { task?: string }).task),
    },
    {
      method: 'GET',
      path: '/workflows/:id/logs',
      operationId: 'getLogs',
      tag: 'runs',
      summary: 'What the tasks of a run wrote to their logger, oldest first, as far as it is kept.',
      role: 'viewer',
      params: runPath,
      answers: { 200: { description: 'The lines.', schema: items(ref('LogLine')) }, ...problems(404) },
      handle: async ({ params }) => ({ items: await operations.logs(idOf(params)) }),
    },
  ];
}

function createRoute(context: ServiceContext): ServiceRoute {
  return {
    method: 'POST',
    path: '/workflows',
    operationId: 'createRun',
    tag: 'runs',
    summary: 'Creates a run, held until it is executed, or started at once.',
    role: 'operator',
    headers: idempotencyKey,
    body: createBody,
    answers: {
      200: { description: 'The run that has this Idempotency-Key.', schema: ref('Run'), headers: LOCATION },
      201: { description: 'The new run.', schema: ref('Run'), headers: LOCATION },
      ...bodyProblems(404, 409),
    },
    handle: async (request, reply) => {
      const { name: workflow, start = false, ...rest } = request.body as CreateBody;
      const { isNew, ...run } = await context.operations.create({
        workflow,
        start,
        ...rest,
        ...keyOf(request.headers),
      });
      locate(reply, baseOf(context, request), run.id);
      reply.code(isNew ? 201 : 200);
      return run;
    },
  };
}

export function idOf(params: unknown): string {
  return (params as { id: string }).id;
}

export function locate(reply: FastifyReply, base: string, runId: string): void {
  reply.header('location', `${base}/workflows/${runId}`);
}

export function keyOf(headers: Readonly<Record<string, unknown>>): { readonly idempotencyKey?: string } {
  const key = headers['idempotency-key'];
  return typeof key === 'string' ? { idempotencyKey: key } : {};
}
