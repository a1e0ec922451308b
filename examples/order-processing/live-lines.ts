import type { TypeflowLogger } from 'typeflow';

type Fields = Readonly<Record<string, unknown>>;

const COLOURS: Readonly<Record<string, string>> = {
  RUNNING: '36',
  COMPLETED: '32',
  FAILED: '31',
  SKIPPED: '33',
  CANCELLED: '33',
};

/**
 * A logger that shows a line per task: state, attempt, duration. On a terminal each task has one line that is written over as
 * it goes on; anywhere else each change is a plain line of its own.
 */
export class LiveLines implements TypeflowLogger {
  readonly #names = new Map<string, string>();
  readonly #rows = new Map<string, string>();
  /** Lines of runs that have no name yet: a run that goes on after a crash does so before it is asked for. */
  readonly #early = new Map<string, Fields[]>();
  readonly #isTerminal = process.stdout.isTTY === true;
  #height = 0;

  /** Shows `name` for the lines of a run. */
  name(runId: string, name: string): void {
    this.#names.set(runId, name);
    for (const fields of this.#early.get(runId) ?? []) this.debug(fields);
    this.#early.delete(runId);
  }

  debug(fields: Fields): void {
    const { runId, task } = fields;
    if (typeof runId !== 'string' || typeof task !== 'string') return;
    const name = this.#names.get(runId);
    if (name === undefined) {
      this.#early.set(runId, [...(this.#early.get(runId) ?? []), fields]);
      return;
    }
    const key = `${runId}:${task}`;
    const line = this.#line(name, fields);
    if (this.#isTerminal) {
      this.#rows.set(key, line);
      this.#redraw();
    } else process.stdout.write(`${line}\n`);
  }

  info(): void {}

  warn(fields: Fields, message: string): void {
    process.stderr.write(`warning: ${message} ${JSON.stringify(fields)}\n`);
  }

  error(fields: Fields, message: string): void {
    process.stderr.write(`error: ${message} ${JSON.stringify(fields)}\n`);
  }

  #line(name: string, fields: Fields): string {
    const { task, attempt, status, durationMs, timedOut, err } = fields;
    const state = String(status).padEnd(9);
    const coloured = this.#isTerminal ? `\u001b[${COLOURS[String(status)] ?? '0'}m${state}\u001b[0m` : state;
    const duration = typeof durationMs === 'number' ? `${durationMs.toFixed(0)} ms` : '';
    const why = err instanceof Error ? `${timedOut === undefined ? '' : 'timeout: '}${err.message}` : '';
    return `${name.padEnd(8)} ${String(task).padEnd(17)} ${coloured} attempt ${String(attempt)} ${duration.padStart(8)}  ${why}`.trimEnd();
  }

  #redraw(): void {
    const up = this.#height > 0 ? `\u001b[${this.#height}A` : '';
    const lines = [...this.#rows.values()].map((line) => `\u001b[2K${line}\n`);
    process.stdout.write(up + lines.join(''));
    this.#height = lines.length;
  }
}
