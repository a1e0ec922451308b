import { fastify } from 'fastify';
import type { FastifySchemaCompiler } from 'fastify';

/**
 * Compiles schemas as they are meant here, whatever the application has set that a service is mounted in: nothing is removed, filled in or (but for the
 * texts of a query) converted. A body is what was sent, or it is refused.
 */
export async function requestValidation(): Promise<FastifySchemaCompiler<unknown>> {
  const [exact, ofText] = await Promise.all([compilerOf(false), compilerOf('array')]);
  return (route) => (route.httpPart === 'querystring' ? ofText(route) : exact(route));
}

/** Fastify brings its validator along, but hands it out only as part of an instance. */
async function compilerOf(coerceTypes: false | 'array'): Promise<FastifySchemaCompiler<unknown>> {
  const customOptions = { coerceTypes, removeAdditional: false, useDefaults: false, allErrors: false } as const;
  const instance = fastify({ ajv: { customOptions: { ...customOptions, allowUnionTypes: true } } });
  instance.get('/', { schema: { querystring: { type: 'object' } } }, async () => undefined);
  await instance.ready();
  const compiler = instance.validatorCompiler;
  await instance.close();
  if (compiler === undefined) throw new Error('this version of Fastify hands out no validator');
  return compiler as FastifySchemaCompiler<unknown>;
}
