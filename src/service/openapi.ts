import type { Answer } from './schemas/answers';
import { fleetViews } from './schemas/fleet-views';
import type { JsonSchema } from './schemas/json-schema';
import { runViews } from './schemas/run-views';
import type { ServiceRoute } from './service-route';

/** An OpenAPI document, as far as a reader of it needs a type. */
export interface OpenApiDocument {
  readonly openapi: '3.1.0';
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>>; readonly securitySchemes: unknown };
  readonly [field: string]: unknown;
}

export interface OpenApiOperation {
  readonly operationId: string;
  readonly parameters?: readonly OpenApiParameter[];
  readonly requestBody?: {
    readonly required: boolean;
    readonly content: Readonly<Record<string, { readonly schema: JsonSchema }>>;
  };
  readonly responses: Readonly<Record<string, OpenApiAnswer>>;
  readonly [field: string]: unknown;
}

export interface OpenApiParameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly schema: JsonSchema;
}

export interface OpenApiAnswer {
  readonly description: string;
  readonly content?: Readonly<Record<string, { readonly schema: JsonSchema }>>;
  readonly headers?: unknown;
}

const TAGS = {
  runs: 'Runs: create, execute, look at, act on.',
  definitions: 'The workflows that are registered.',
  schedules: 'What begins by the clock.',
  fleet: 'Workers and queues.',
  service: 'The service itself.',
} as const;

/** The description of a service, from the same routes and schemas that answer. */
export function openApiDocument(routes: readonly ServiceRoute[], version: string): OpenApiDocument {
  const paths: Record<string, Record<string, OpenApiOperation>> = {};
  for (const route of routes) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Typeflow', version, description: 'Durable workflows: create, execute, follow and repair runs.' },
    servers: [{ url: '/' }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    security: [{ token: [] }],
    paths,
    components: {
      schemas: { ...runViews, ...fleetViews },
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'Where the service was started with tokens.' },
      },
    },
  };
}

function operationOf(route: ServiceRoute): OpenApiOperation {
  const { operationId, tag, summary, role, params, query, headers, body, answers } = route;
  const parameters = [
    ...parametersOf('path', params),
    ...parametersOf('query', query),
    ...parametersOf('header', headers),
  ];
  return {
    operationId,
    tags: [tag],
    summary,
    'x-role': role,
    ...(parameters.length > 0 && { parameters }),
    ...(body && {
      requestBody: { required: 'required' in body, content: { 'application/json': { schema: body } } },
    }),
    responses: Object.fromEntries(Object.entries(answers).map(([status, answer]) => [status, answerOf(answer)])),
  };
}

function parametersOf(where: OpenApiParameter['in'], schema: JsonSchema = {}): readonly OpenApiParameter[] {
  const { properties = {}, required = [] } = schema as {
    readonly properties?: Readonly<Record<string, JsonSchema>>;
    readonly required?: readonly string[];
  };
  return Object.entries(properties).map(([name, one]) => ({
    name,
    in: where,
    required: required.includes(name),
    schema: one,
  }));
}

function answerOf({ description, schema, mediaType = 'application/json', headers }: Answer): OpenApiAnswer {
  return {
    description,
    ...(headers && {
      headers: Object.fromEntries(Object.entries(headers).map(([name, one]) => [name, { schema: one }])),
    }),
    ...(schema && { content: { [mediaType]: { schema } } }),
  };
}
