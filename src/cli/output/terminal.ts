import { styleText } from 'node:util';
import { withoutSecrets } from '../../core/errors/secrets';
import { safeJson, safeText } from './safe-text';

/** Where a command writes; a `process.stdout` is one. */
export interface OutputStream {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
}

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'blue' | 'cyan' | 'magenta';

/** A part of a line. Its text is somebody else's: it is made safe when it is written, and never before. */
export type Piece = string | { readonly text: string; readonly style: Style | undefined };

export type Line = Piece | readonly Piece[];

/** Text in a style, where the terminal has any. */
export function styled(style: Style | undefined, text: string): Piece {
  return { text, style };
}

/**
 * The one place where something is written. Results go to standard output; progress, warnings and errors to standard error. Colours and movement
 * of the cursor are made here, on terminals only, around text that was made safe; no other file writes an escape sequence.
 */
export class Terminal {
  readonly #out: OutputStream;
  readonly #err: OutputStream;
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly isJson: boolean;
  #drawn = 0;

  constructor(
    streams: { readonly stdout: OutputStream; readonly stderr: OutputStream },
    env: Readonly<Record<string, string | undefined>>,
    options: { readonly json?: boolean } = {},
  ) {
    this.#out = streams.stdout;
    this.#err = streams.stderr;
    this.#env = env;
    this.isJson = options.json ?? false;
  }

  /** A line of the result. */
  line(line: Line = ''): void {
    this.#out.write(`${this.#rendered(line, this.#out)}\n`);
  }

  /** Text of several lines, each of which is made safe. */
  text(text: string): void {
    for (const line of text.split('\n')) this.line(line);
  }

  /** The result as one document: on one line where a program reads it. */
  json(value: unknown): void {
    this.#out.write(`${safeJson(value, this.#out.isTTY ? 2 : undefined)}\n`);
  }

  /** One line of a stream of documents. */
  jsonLine(value: unknown): void {
    this.#out.write(`${safeJson(value)}\n`);
  }

  /** A line beside the result. */
  note(line: Line): void {
    this.#err.write(`${this.#rendered(line, this.#err)}\n`);
  }

  warn(text: string): void {
    this.note([styled('yellow', 'warning: '), withoutSecrets(text)]);
  }

  /** What went wrong: of several lines, as some are; as a document for programs. */
  fail(error: { readonly message: string; readonly code?: unknown; readonly name: string }): void {
    const message = withoutSecrets(error.message);
    // Those of a DOMException are numbers.
    const code = typeof error.code === 'string' ? error.code : undefined;
    if (this.isJson) {
      this.#err.write(`${safeJson({ error: { ...(code !== undefined && { code }), message } })}\n`);
      return;
    }
    const [first = '', ...rest] = message.split('\n');
    this.note([styled('red', 'error: '), first, ...(code === undefined ? [] : [styled('dim', ` [${code}]`)])]);
    // Indented, so that no text of somebody else's looks like a line of ours.
    for (const line of rest) this.note(`  ${line.trimStart()}`);
  }

  /** Whether lines beside the result can be drawn anew: on a terminal, and for people. */
  get isLive(): boolean {
    return this.#err.isTTY === true && !this.isJson && this.#env['TERM'] !== 'dumb' && this.#env['CI'] === undefined;
  }

  /** How many lines a drawing may have: what is scrolled out of sight could not be taken back. */
  get rows(): number {
    return Math.max(2, (this.#err.rows || 31) - 1);
  }

  /** Replaces what was drawn last. Lines are cut to the width, as one that wraps could not be taken back. */
  draw(lines: readonly Line[]): void {
    const width = Math.max(20, this.#err.columns ?? 80) - 1;
    const up = this.#drawn === 0 ? '' : `\u001b[${this.#drawn}A`;
    const text = lines.map((line) => `\u001b[2K${this.#rendered(cutTo(width, line), this.#err)}\n`).join('');
    this.#err.write(`${up}${text}\u001b[J`);
    this.#drawn = lines.length;
  }

  #rendered(line: Line, stream: OutputStream): string {
    const isColoured = this.#isColoured(stream);
    const pieces: readonly Piece[] = typeof line === 'string' || 'text' in line ? [line] : line;
    return pieces
      .map((piece) => {
        const { text, style } = typeof piece === 'string' ? { text: piece, style: undefined } : piece;
        const safe = safeText(text);
        return style === undefined || !isColoured ? safe : styleText(style, safe, { validateStream: false });
      })
      .join('');
  }

  /** NO_COLOR, whatever it holds but nothing, turns colours off: https://no-color.org */
  #isColoured(stream: OutputStream): boolean {
    return stream.isTTY === true && !this.#env['NO_COLOR'] && this.#env['TERM'] !== 'dumb';
  }
}

function cutTo(width: number, line: Line): readonly Piece[] {
  const pieces: readonly Piece[] = typeof line === 'string' || 'text' in line ? [line] : line;
  let left = width;
  return pieces.map((piece) => {
    const { text, style } = typeof piece === 'string' ? { text: piece, style: undefined } : piece;
    let cut = '';
    for (const character of safeText(text)) {
      left -= columnsOf(character);
      if (left < 0) break;
      cut += character;
    }
    return { text: cut, style };
  });
}

const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]/u;

/** Near enough for a line that must not wrap: what is joined to one sign is counted as several. */
function columnsOf(character: string): number {
  if (/[\p{Mn}\p{Me}]/u.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}
