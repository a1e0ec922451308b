import type { CallInterceptor, InterceptedCall } from '../runner/engine-seams';
import type { TaskContext } from '../core/task-context';
import { isThenable } from '../core/thenable';
import type { RecordedCall, SeenContext } from './overrides';

type AnyFunction = (...args: never[]) => unknown;

/** A call that has not ended, and that the engine still waits for. */
export interface OpenCall {
  readonly workflow: string;
  readonly runId: string;
  readonly task: string;
  readonly attempt: number;
}

/** Every call of a method passes here: it is written down, answered by an override if there is one, and known to be open until it ends. */
export class CallDesk {
  readonly #overrides = new Map<string, AnyFunction>();
  readonly #calls = new Map<string, RecordedCall[]>();
  readonly #open = new Set<OpenCall>();
  readonly #now: () => number;
  #count = 0;
  #onChange: (() => void)[] = [];

  readonly #onCall: () => void;

  /** @param now virtual time, epoch ms; @param onCall called when a call begins and when it ends */
  constructor(now: () => number, onCall: () => void) {
    this.#now = now;
    this.#onCall = onCall;
  }

  /** How many calls were made so far. */
  get count(): number {
    return this.#count;
  }

  /** Whether somebody's code runs that only real time can end. */
  get hasOpenCalls(): boolean {
    return this.#open.size > 0;
  }

  get openCalls(): readonly OpenCall[] {
    return [...this.#open];
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
    this.#onCall();
    const key = keyOf(call.workflow, call.task);
    this.#write(key, call);
    const override = this.#overrides.get(key);
    const result: unknown = override === undefined ? proceed() : override(...(call.args as never[]));
    if (!isThenable(result)) return result;
    const { workflow, runId, task, attempt } = call;
    const open = { workflow, runId, task, attempt };
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
    const context = args.at(-1) as TaskContext;
    const seen = [...args.slice(0, -1), seenContext(context)];
    calls.push({ runId, task, index: index < 0 ? undefined : index, attempt, args: seen, at });
    this.#calls.set(key, calls);
  }

  #close(open: OpenCall): void {
    if (!this.#open.delete(open)) return;
    this.#onCall();
    const listeners = this.#onChange;
    this.#onChange = [];
    for (const listener of listeners) listener();
  }
}

/** What a context said. The context itself holds on to all that its run had at the time, which thousands of calls would add up to a lot. */
function seenContext({ input, runId, task, index, attempt, idempotencyKey, deadline }: TaskContext): SeenContext {
  return { input, runId, task, index, attempt, idempotencyKey, deadline };
}

function keyOf(workflow: string, task: string): string {
  return `${workflow}.${task}`;
}
