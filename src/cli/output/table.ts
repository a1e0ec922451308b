import { safeText } from './safe-text';
import { styled } from './terminal';
import type { Line, Piece } from './terminal';

/** A cell; what there is not is an empty one. */
export type Cell = Piece | number | undefined;

/**
 * Lines of columns that are as wide as their widest cell. The last column is not filled up. Widths are counted in characters, after the text was
 * made safe.
 */
export function tableLines(header: readonly string[], rows: readonly (readonly Cell[])[]): Line[] {
  const body = rows.map((row) => header.map((_, i) => toPiece(row[i])));
  const widths = header.map((name, i) =>
    body.reduce((most, row) => Math.max(most, widthOf(row[i] ?? '')), name.length),
  );
  const head = header.map((name) => styled('dim', name));
  return [head, ...body].map((row) => row.flatMap((cell, i) => filled(cell, widths[i] ?? 0, i === row.length - 1)));
}

function filled(cell: Piece, width: number, isLast: boolean): readonly Piece[] {
  return isLast ? [cell] : [cell, ' '.repeat(width - widthOf(cell) + 2)];
}

function toPiece(cell: Cell): Piece {
  return cell === undefined ? '' : typeof cell === 'number' ? String(cell) : cell;
}

function widthOf(piece: Piece): number {
  return [...safeText(typeof piece === 'string' ? piece : piece.text)].length;
}
