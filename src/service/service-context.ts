import type { FastifyReply } from 'fastify';
import type { Operations } from '../application/operations';
import type { MetricsSource } from '../application/service-options';
import type { Gate } from './access/gate';
import type { EventStreams } from './events/event-streams';

/** What the routes of one service share. */
export interface ServiceContext {
  readonly operations: Operations;
  readonly gate: Gate;
  readonly streams: EventStreams;
  readonly metrics: MetricsSource | undefined;
  /** What stands before every path. */
  readonly prefix: string;
  /** Aborted when the service closes. */
  readonly closing: AbortSignal;
}

/** Aborted when the client of a request is gone, or the service closes: what waits for it may end. */
export function goneSignal({ closing }: Pick<ServiceContext, 'closing'>, reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  const abort = (): void => {
    closing.removeEventListener('abort', abort);
    gone.abort();
  };
  if (closing.aborted) abort();
  closing.addEventListener('abort', abort, { once: true });
  reply.raw.once('close', abort);
  return gone.signal;
}
