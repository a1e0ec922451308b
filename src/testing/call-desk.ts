import type { CallInterceptor, InterceptedCall } from '../runner/engine-seams';
import type { RecordedCall } from './overrides';

type AnyFunction = (...args: never[]) => unknown;

/** A call that has not ended, and that the engine still waits for. */
interface OpenCall {
  readonly runId: string;
  readonly task: string;
}

/** Every call of a method passes here: it is written down, answered by an override if there is one, and known to be open until it ends. */
export class CallDesk {
  readonly #overrides = new Map<string, AnyFunction>();
  readonly #calls = new Map<string, RecordedCall[]>();
  readonly #open = new Set<OpenCall>();
  readonly #now: () => number;
  #count = 0;
  #onChange: (() => void)[] = [];

  /** @param now virtual time, epoch ms */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** How many calls were made so far. */
  get count(): number {
    return this.#count;
  }

  /** Whether somebody's code runs that only real time can end. */
  get hasOpenCalls(): boolean {
    return this.#open.size > 0;
  }

  isOpen(runId: string, task: string): boolean {
    return [...this.#open].some((call) => call.runId === runId && call.task === task);
  }

  override(workflow: string, task: string, method: AnyFunction): void {
    this.#overrides.set(keyOf(workflow, task), method);
  }

  callsOf(workflow: string, task: string): readonly RecordedCall[] {
    return [...(this.#calls.get(keyOf(workflow, task)) ?? [])];
  }

  /** Resolves when a call ends, or is given up. */
  nextEnd(): Promise<void> {
    return new Promise((resolve) => this.#onChange.push(resolve));
  }

  readonly intercept: CallInterceptor = (call, proceed) => {
    this.#count += 1;
    const key = keyOf(call.workflow, call.task);
    this.#write(key, call);
    const override = this.#overrides.get(key);
    const result: unknown = override === undefined ? proceed() : override(...(call.args as never[]));
    if (!isThenable(result)) return result;
    const open = { runId: call.runId, task: call.task };
    this.#open.add(open);
    const close = (): void => this.#close(open);
    // A call that was given up (its time is over, its run was cancelled) is nothing that time has to wait for.
    const { signal } = call.args.at(-1) as { readonly signal: AbortSignal };
    signal.addEventListener('abort', close, { once: true });
    result.then(close, close);
    return result;
  };

  #write(key: string, { runId, task, index, attempt, args }: InterceptedCall): void {
    const calls = this.#calls.get(key) ?? [];
    const at = new Date(this.#now());
    calls.push({ runId, task, index: index < 0 ? undefined : index, attempt, args: [...args], at });
    this.#calls.set(key, calls);
  }

  #close(open: OpenCall): void {
    if (!this.#open.delete(open)) return;
    const listeners = this.#onChange;
    this.#onChange = [];
    for (const listener of listeners) listener();
  }
}

function keyOf(workflow: string, task: string): string {
  return `${workflow}.${task}`;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}
