import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { TooManyRequestsError } from '../../core/errors/request-errors';

const MINUTE_MS = 60_000;

/** Counts one request of a client. @throws TooManyRequestsError */
export type CountRequest = (request: FastifyRequest) => Promise<void>;

/** A count per client and minute. Of the last 5,000 clients, so that what is counted cannot grow. */
export async function countPerMinute(
  instance: FastifyInstance,
  max: number | false,
  clientOf: (request: FastifyRequest) => string,
): Promise<CountRequest> {
  if (max === false) return async () => undefined;
  if (!instance.hasDecorator('createRateLimit')) await instance.register(rateLimit, { global: false });
  const count = instance.createRateLimit({ max, timeWindow: MINUTE_MS, keyGenerator: clientOf, allowList: [] });
  return async (request) => {
    const counted = await count(request);
    if (!counted.isAllowed && counted.isExceeded) throw new TooManyRequestsError(counted.ttlInSeconds);
  };
}
