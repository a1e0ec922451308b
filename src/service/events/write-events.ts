import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { EventView } from '../../application/views';

/** Proxies and clients take a connection that says nothing for dead. */
const HEARTBEAT_MS = 15_000;
/** A client that has read nothing for so long is not there any more. */
const STALLED_MS = 60_000;

/**
 * Writes events as server-sent ones until there are no more, then `event: end`, after which a client need not come back. An event is asked for
 * when the one before it was taken, so a slow reader holds a few KB and nobody else up.
 *
 * @param gone aborted when the reader is gone, or the service closes
 */
export async function writeEvents(
  events: AsyncIterable<EventView>,
  { to, gone }: { readonly to: Writable; readonly gone: AbortSignal },
): Promise<void> {
  const heartbeat = setInterval(() => {
    if (!to.writableNeedDrain && !to.writableEnded) to.write(':\n\n');
  }, HEARTBEAT_MS);
  heartbeat.unref();
  try {
    // The headers leave with the first bytes, and a client learns that it is being told.
    to.write(':\n\n');
    for await (const event of events) {
      if (gone.aborted) return;
      if (!to.write(frameOf(event))) await drained(to, gone);
    }
    if (!gone.aborted) to.write('event: end\ndata: {}\n\n');
  } finally {
    clearInterval(heartbeat);
    to.end();
  }
}

function frameOf(event: EventView): string {
  // JSON has no line breaks of its own, and a cursor none at all.
  return `id: ${event.cursor}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}

async function drained(to: Writable, gone: AbortSignal): Promise<void> {
  await once(to, 'drain', { signal: AbortSignal.any([gone, AbortSignal.timeout(STALLED_MS)]) });
}
