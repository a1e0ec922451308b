import { createRequire } from 'node:module';
import type { OpenApiDocument, OpenApiOperation } from '../../src/service/openapi';

interface Validate {
  (value: unknown): boolean;
  readonly errors?: unknown;
}

/** The validator that Fastify brings along, in the dialect of OpenAPI 3.1. */
interface Ajv {
  addFormat(name: string, format: RegExp): void;
  addSchema(schema: object): void;
  compile(schema: object): Validate;
}

function newAjv(): Ajv {
  const fromFastify = createRequire(require.resolve('fastify'));
  const fromCompiler = createRequire(fromFastify.resolve('@fastify/ajv-compiler'));
  const { Ajv2020 } = fromCompiler('ajv/dist/2020') as { Ajv2020: new (options: object) => Ajv };
  return new Ajv2020({ strict: false });
}

/** What an answer has against its operation's description: `undefined` when it fits. */
export type CheckAnswer = (
  operation: OpenApiOperation,
  answer: { readonly status: number; readonly mediaType: string; readonly text: string },
) => string | undefined;

export function answerCheck(document: OpenApiDocument): CheckAnswer {
  const ajv = newAjv();
  ajv.addFormat('date-time', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  ajv.addSchema({ $id: 'urn:typeflow:service', components: document.components });
  const compiled = new Map<string, Validate>();
  return ({ operationId, responses }, { status, mediaType, text }) => {
    const described = responses[String(status)];
    if (described === undefined) return `${status} is not among ${Object.keys(responses).join(', ')}: ${text}`;
    const { content } = described;
    if (content === undefined) return text === '' ? undefined : `a body that is not described: ${text}`;
    const [[type, { schema }] = ['', { schema: {} }]] = Object.entries(content);
    if (mediaType.split(';')[0] !== type) return `${mediaType} instead of ${type}`;
    if (!type.endsWith('json')) return undefined;
    const key = `${operationId} ${status}`;
    const absolute = JSON.parse(
      JSON.stringify(schema).replaceAll('"#/components', '"urn:typeflow:service#/components'),
    ) as object;
    const validate = compiled.get(key) ?? ajv.compile(absolute);
    compiled.set(key, validate);
    return validate(JSON.parse(text)) ? undefined : `${JSON.stringify(validate.errors)} in ${text}`;
  };
}
