import type { Clock } from '../../core/clock';
import { isFinalRunStatus } from '../../core/statuses';
import type { RunChanges } from '../../store/run-feed';
import type { Store } from '../../store/store';
import { BEGINNING, formatCursor, parseCursor, tokenOf } from './event-cursor';
import type { EventCursor } from './event-cursor';
import { toEvent, toRunEvent } from './feed-events';
import { LATE_LINES_MS } from './kept-lines';
import type { KeptLines } from './kept-lines';
import type { FollowedEvent } from './run-event';
import type { RunFollowers } from './run-followers';

export interface FollowOptions {
  /** The cursor of the last event that was seen: what is yielded happened after it. Default: everything there is, first. */
  readonly after?: string;
  /** Ends the iteration. */
  readonly signal?: AbortSignal;
}

export interface FollowParts {
  readonly clock: Clock;
  readonly store: Pick<Store, 'kind'>;
  readonly followers: RunFollowers;
  readonly lines: Pick<KeptLines, 'flush'>;
}

/** The events of a run until it is over; its last status is the last of them. */
export async function* followRun(
  { clock, store, followers, lines }: FollowParts,
  runId: string,
  { after, signal }: FollowOptions,
): AsyncGenerator<FollowedEvent, void, void> {
  let cursor = after === undefined ? BEGINNING : parseCursor(after);
  /** The run was seen to be over, and what came late had its time. */
  let isSettled = false;
  for (;;) {
    const changes = await followers.next(runId, cursor, signal);
    if (changes === undefined) return;
    const { run, entries, isMore } = changes;
    const isOver = isFinalRunStatus(run.status);
    const isNothingNew = isOver && entries.length === 0 && tokenOf(run) === cursor.told;
    for (const event of eventsOf(changes, cursor, isSettled)) {
      if (signal?.aborted === true) return;
      cursor = event.at;
      yield event.event;
    }
    if (isNothingNew || (isSettled && isOver && entries.length === 0)) return;
    isSettled &&= isOver;
    if (!isOver || isMore || isSettled) continue;
    await lines.flush();
    // Those of another process may come later than the end of its run.
    if (store.kind === 'postgres') await rest(clock, LATE_LINES_MS, signal);
    isSettled = true;
  }
}

/** Until the time is over, or the signal is aborted. */
function rest(clock: Clock, ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const over = (): void => {
      timer.cancel();
      signal?.removeEventListener('abort', over);
      resolve();
    };
    const timer = clock.setTimer(ms, over);
    signal?.addEventListener('abort', over, { once: true });
  });
}

interface EventAt {
  readonly event: FollowedEvent;
  readonly at: EventCursor;
}

/** A status that is not the last comes before what happened in it, the last one after everything. */
function* eventsOf(changes: RunChanges, from: EventCursor, isSettled: boolean): Generator<EventAt, void, void> {
  const { runId, run, entries, isMore } = changes;
  const isOver = isFinalRunStatus(run.status);
  let at = from;
  const status = function* (): Generator<EventAt, void, void> {
    const told = tokenOf(run);
    if (told === at.told) return;
    at = { seq: at.seq, told };
    yield { event: { ...toRunEvent(runId, run), cursor: formatCursor(at) }, at };
  };
  if (!isOver) yield* status();
  for (const entry of entries) {
    at = { seq: entry.seq, told: at.told };
    yield { event: { ...toEvent(runId, entry), cursor: formatCursor(at) }, at };
  }
  if (isOver && isSettled && !isMore && entries.length === 0) yield* status();
}
