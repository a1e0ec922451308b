import type { Style } from './terminal';
import { styled } from './terminal';
import type { Piece } from './terminal';

const STYLES: Readonly<Record<string, Style>> = {
  COMPLETED: 'green',
  FAILED: 'red',
  RUNNING: 'blue',
  WAITING: 'yellow',
  CANCELLED: 'magenta',
  SKIPPED: 'dim',
  PENDING: 'dim',
};

/** A status of a run or a node in its colour. */
export function statusPiece(status: string, text = status): Piece {
  return styled(STYLES[status], text);
}
