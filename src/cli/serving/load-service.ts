import { createRequire } from 'node:module';
import { EnvironmentError } from '../../core/errors/definition-error';

/** Fastify is for those who serve: who only starts runs, or works on them, need not install it. */
const load = createRequire(__filename);

/** @throws EnvironmentError where Fastify is not installed */
export function loadService(): typeof import('../../service/service') {
  try {
    return load('../../service/service') as typeof import('../../service/service');
  } catch (error) {
    const { code, message } = Object(error) as { readonly code?: unknown; readonly message?: unknown };
    if (code !== 'MODULE_NOT_FOUND' || !/['"/@]fastify/.test(String(message))) throw error;
    throw new EnvironmentError(
      'the service needs the packages fastify and @fastify/rate-limit, which are not installed: npm install fastify @fastify/rate-limit',
    );
  }
}
