import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import type { FromChild, ToChild } from './dev-messages';

/** After this it is killed: its runs are taken over by the next one all the same. */
const CLOSE_LIMIT_MS = 15_000;

export interface SupervisorParams {
  /** The program, and its arguments for the application's process; `port` is that of the one before. */
  readonly main: string;
  readonly args: (port: number | undefined) => readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly onReady: (ready: FromChild) => void;
  /** It ended, and nobody had asked for that. */
  readonly onEnd: (exitCode: number) => void;
}

/** Keeps one process of the application: starts it, starts it anew, and ends it. At no moment there are two. */
export class Supervisor {
  readonly #params: SupervisorParams;
  #child: ChildProcess | undefined;
  #port: number | undefined;
  /** What is being done; one thing at a time. */
  #doing: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(params: SupervisorParams) {
    this.#params = params;
  }

  /** Starts the process, or ends the one there is and starts another. */
  restart(): Promise<void> {
    return this.#next(async () => {
      await this.#end();
      if (!this.#isStopped) this.#start();
    });
  }

  /** Ends the process for good. */
  stop(): Promise<void> {
    this.#isStopped = true;
    return this.#next(() => this.#end());
  }

  #next(act: () => Promise<void>): Promise<void> {
    this.#doing = this.#doing.then(act);
    return this.#doing;
  }

  #start(): void {
    const { main, args, cwd, env, onReady, onEnd } = this.#params;
    const child = fork(main, args(this.#port), {
      cwd,
      env: { ...env },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#child = child;
    child.on('message', (message: FromChild) => {
      // Where clients found the last one they find the next one.
      this.#port = Number(new URL(message.url).port);
      onReady(message);
    });
    child.once('exit', (code, signal) => {
      if (this.#child !== child) return;
      this.#child = undefined;
      onEnd(code ?? (signal === null ? 1 : 128));
    });
  }

  async #end(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    const timer = setTimeout(() => child.kill('SIGKILL'), CLOSE_LIMIT_MS);
    child.send({ kind: 'close' } satisfies ToChild, () => undefined);
    await ended;
    clearTimeout(timer);
  }
}
