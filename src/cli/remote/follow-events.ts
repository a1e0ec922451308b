import { setTimeout as sleep } from 'node:timers/promises';
import type { EventView } from '../../application/views';
import { serverSentEvents } from './server-sent-events';
import type { ServiceClient } from './service-client';
import { ServiceUnreachableError } from './service-errors';

export interface FollowParams {
  readonly after?: string;
  readonly signal?: AbortSignal;
}

const FIRST_DELAY_MS = 200;
const MAX_DELAY_MS = 5_000;

/** In a row, without an event in between: about half a minute. */
const MAX_FAILURES = 10;

/**
 * The events of a run until it is over. A stream that breaks off is opened anew behind the last event that came, so that none is lost or told twice.
 *
 * @throws ServiceAnswerError; ServiceUnreachableError after half a minute without the service
 */
export async function* followEvents(
  client: ServiceClient,
  path: string,
  { after, signal }: FollowParams,
): AsyncGenerator<EventView, void, void> {
  let last = after;
  for (let failures = 0; !isAborted(signal); failures += 1) {
    if (failures > 0) await pause(failures, signal);
    try {
      const headers = { accept: 'text/event-stream', ...(last !== undefined && { 'last-event-id': last }) };
      const stream = await client.open(path, { headers, signal });
      if (stream === undefined) return;
      for await (const { id, event: kind, data } of serverSentEvents(stream)) {
        if (kind === 'end') return;
        const event = JSON.parse(data) as EventView;
        last = id ?? event.cursor;
        failures = 0;
        yield event;
      }
    } catch (error) {
      if (isAborted(signal)) return;
      if (!isPassing(error) || failures >= MAX_FAILURES) throw error;
    }
    if (failures >= MAX_FAILURES) throw new ServiceUnreachableError('the service ends the stream of events at once');
  }
}

function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

/** A connection that broke off, or a service that is just being started anew. */
function isPassing(error: unknown): boolean {
  const { status } = Object(error) as { readonly status?: unknown };
  return status === undefined ? !(error instanceof SyntaxError) : Number(status) >= 500 || status === 429;
}

async function pause(failures: number, signal: AbortSignal | undefined): Promise<void> {
  const ms = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (failures - 1));
  await sleep(ms, undefined, { ...(signal !== undefined && { signal }) }).catch(() => undefined);
}
