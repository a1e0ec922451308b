/** `1,234` or `12.35`; a dash where there is no figure. */
export function formatNumber(value: number, digits: number): string {
  if (!Number.isFinite(value)) return '–';
  const shown = Math.abs(value) >= 1_000 ? 0 : digits;
  return value.toLocaleString('en-US', { minimumFractionDigits: shown, maximumFractionDigits: shown });
}

/** A Markdown table whose columns are aligned in the source, too. */
export function formatTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(3, ...all.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string => {
    const padded = widths.map((width, column) => pad(cells[column] ?? '', width, column > 0));
    return `| ${padded.join(' | ')} |`;
  };
  const rule = widths.map((width, column) => (column > 0 ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width)));
  return [line(header), `| ${rule.join(' | ')} |`, ...rows.map(line)].join('\n');
}

function pad(text: string, width: number, isFigure: boolean): string {
  return isFigure ? text.padStart(width) : text.padEnd(width);
}
