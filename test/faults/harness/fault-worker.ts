import path from 'node:path';
import { Child } from '../../fixtures/child-process';
import type { WorkerSetup } from '../workers/worker-process';
import type { Proxy } from './proxy';

const PROGRAM = path.join(__dirname, '../workers/worker-process.ts');

/** A real process that executes runs, and what can be done to it. */
export class FaultWorker {
  readonly #child: Child;
  /** Between it and the database, if the campaign asked for one. */
  readonly proxy: Proxy | undefined;

  constructor(setup: WorkerSetup, proxy?: Proxy) {
    const whole = proxy === undefined ? setup : { ...setup, database: proxy.url };
    this.#child = new Child(PROGRAM, { FAULTS: JSON.stringify(whole) });
    this.proxy = proxy;
  }

  get pid(): number {
    return this.#child.process.pid ?? -1;
  }

  get lines(): readonly string[] {
    return this.#child.lines;
  }

  get stderr(): string {
    return this.#child.stderr;
  }

  get ended(): Promise<number | NodeJS.Signals> {
    return this.#child.ended;
  }

  get isAlive(): boolean {
    return this.#child.process.exitCode === null && this.#child.process.signalCode === null;
  }

  serving(): Promise<void> {
    return this.says('serving');
  }

  /** Resolves when it has said a line that begins so. */
  says(start: string, times = 1): Promise<void> {
    return this.#child.until((lines) => lines.filter((line) => line.startsWith(start)).length >= times);
  }

  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<number | NodeJS.Signals> {
    return this.#child.kill('SIGKILL');
  }

  freeze(): void {
    this.#child.process.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child.process.kill('SIGCONT');
  }

  /** Lets it drain; after `withinMs` it is killed. Answers how it ended. */
  async stop(withinMs = 20_000): Promise<number | NodeJS.Signals> {
    if (!this.isAlive) return this.ended;
    this.#child.process.kill('SIGTERM');
    const timer = setTimeout(() => void this.kill(), withinMs);
    const end = await this.ended;
    clearTimeout(timer);
    await this.proxy?.close();
    return end;
  }
}
