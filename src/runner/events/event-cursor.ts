import { hashOf } from '../../core/codec/hash';
import { briefly } from '../../core/errors/briefly';
import { ArgumentError } from '../../core/errors/definition-error';
import type { FeedRun } from '../../store/run-feed';

/** How far somebody has followed a run: the number of the last node or line, and the status of the run that was told last. */
export interface EventCursor {
  readonly seq: number;
  readonly told: string;
}

export const BEGINNING: EventCursor = { seq: 0, told: '' };

const WRITTEN = /^(\d{1,16})-([0-9a-f]{12}|)$/;

export function formatCursor({ seq, told }: EventCursor): string {
  return `${seq}-${told}`;
}

/** @throws ArgumentError */
export function parseCursor(text: unknown): EventCursor {
  const match = typeof text === 'string' ? WRITTEN.exec(text) : null;
  if (match === null) {
    throw new ArgumentError(
      `events.after must be the cursor of an event, got ${briefly(text)}; leave it out to begin at the beginning`,
    );
  }
  return { seq: Number(match[1]), told: match[2] ?? '' };
}

/** What is told of a run's status, in short: whoever was told the same was told everything. */
export function tokenOf({ status, generation, isCancelRequested, wakeAt, finishedAt }: FeedRun): string {
  return hashOf(JSON.stringify([status, generation, isCancelRequested, wakeAt, finishedAt])).slice(0, 12);
}
