import { setMaxListeners } from 'node:events';
import type { FastifyReply, FastifyRequest } from 'fastify';
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
  /** What stands before every path, as it was mounted: there may be parameters in it. */
  readonly prefix: string;
  /** Aborted when the service closes. */
  readonly closing: AbortSignal;
}

/**
 * Aborted when the client of a request is gone, or the service closes: what waits for it may end.
 *
 * The client may be gone before its request is handled, while a hook was asked who it is; and an answer that is queued behind another one of the same
 * connection never learns that the connection was closed. So both are looked at first, and both are listened to.
 */
export function goneSignal(
  { closing }: Pick<ServiceContext, 'closing'>,
  { raw: { socket } }: FastifyRequest,
  { raw: answer }: FastifyReply,
): AbortSignal {
  if (closing.aborted || answer.destroyed || answer.closed || socket.destroyed) return AbortSignal.abort();
  const gone = new AbortController();
  const abort = (): void => {
    closing.removeEventListener('abort', abort);
    answer.off('close', abort);
    socket.off('close', abort);
    gone.abort();
  };
  closing.addEventListener('abort', abort, { once: true });
  answer.once('close', abort);
  // One listener for each request that waits in this connection: there may be many of them.
  setMaxListeners(0, socket);
  socket.once('close', abort);
  return gone.signal;
}

/** What stands before the paths of the service in the address that a request was sent to: no slash is at its end, and parameters have their values. */
export function baseOf({ prefix }: Pick<ServiceContext, 'prefix'>, { url }: Pick<FastifyRequest, 'url'>): string {
  // Some clients name the host in the first line, too.
  const [path = ''] = url.replace(/^https?:\/\/[^/?#]*/i, '').split(/[?#]/);
  const base = stepsOf(path).slice(0, stepsOf(prefix).length);
  return base.map((step) => `/${step}`).join('');
}

function stepsOf(path: string): readonly string[] {
  return path.split('/').filter((step) => step !== '');
}
