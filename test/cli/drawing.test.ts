import { Terminal } from '../../src/cli/output/terminal';

describe('a drawing', () => {
  const drawOn = (stream: { readonly columns: number; readonly rows?: number }) => {
    let written = '';
    const stderr = { isTTY: true, ...stream, write: (text: string) => void (written += text) };
    const terminal = new Terminal({ stdout: stderr, stderr }, { NO_COLOR: '1' });
    return {
      terminal,
      draw(...lines: string[]): string[] {
        terminal.draw(lines);
        return written
          .split('\n')
          .slice(0, -1)
          .map((line) => line.replace('\u001b[2K', ''));
      },
    };
  };

  it.each([
    ['x'.repeat(40), 'x'.repeat(29)],
    ['\u5b57'.repeat(40), '\u5b57'.repeat(14)],
    [`a${'\uac00'.repeat(40)}`, `a${'\uac00'.repeat(14)}`],
    ['\u{1f600}'.repeat(40), '\u{1f600}'.repeat(14)],
    ['e\u0301'.repeat(40), 'e\u0301'.repeat(29)],
  ])('is cut by columns: %s', (line, expected) => {
    expect(drawOn({ columns: 30 }).draw(line)).toEqual([expected]);
  });

  it('has as many lines as the terminal has, but one', () => {
    expect(drawOn({ columns: 80, rows: 12 }).terminal.rows).toBe(11);
    expect(drawOn({ columns: 80, rows: 0 }).terminal.rows).toBe(30);
    expect(drawOn({ columns: 80 }).terminal.rows).toBe(30);
  });
});
