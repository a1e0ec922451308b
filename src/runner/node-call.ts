import type { Timer } from '../core/clock';
import type { AttemptResult } from '../execution/attempt-request';
import type { Command } from '../planner/commands';
import type { CancelCause } from '../planner/events';
import type { Ticket } from './admission';
import type { CallSite, MethodCall } from './method-call';
import type { ExecutionHost } from './execution-host';
import type { RunRecorder } from './run-recorder';

export type StartCommand = Extract<Command, { readonly type: 'start' }>;

/** What a run's calls have in common. */
export interface CallGroup {
  readonly host: ExecutionHost;
  readonly recorder: RunRecorder;
  /** The call has its slot. */
  readonly enter: (call: NodeCall) => void;
  /** Its method has ended, or its time is over. */
  readonly settled: (call: NodeCall, result: AttemptResult) => void;
}

/** One call that was commanded: queued for a slot, or running. */
export class NodeCall implements CallSite {
  readonly command: StartCommand;
  readonly ticket: Ticket | undefined;
  /** It was let in: from here on it is made, though `made` is there only after the method's first synchronous steps. */
  hasEntered = false;
  made: MethodCall | undefined;
  abortedBy: CancelCause | undefined;
  isReported = false;
  graceTimer: Timer | undefined;
  readonly #group: CallGroup;
  readonly #keyError: unknown;

  /** @param keyError why its key could not be made, where it could not */
  constructor(group: CallGroup, command: StartCommand, ticket: Ticket | undefined, keyError: unknown) {
    this.#group = group;
    this.command = command;
    this.ticket = ticket;
    this.#keyError = keyError;
  }

  /** A function of its own: what waits for a slot is known by it. */
  readonly enter = (): void => this.#group.enter(this);

  argumentsOf(isFirst: boolean): unknown[] {
    if (this.#keyError !== undefined) throw this.#keyError;
    const { node, index } = this.command;
    return this.#group.recorder.values.argumentsOf(node, index, isFirst);
  }

  release(): void {
    this.#group.host.admission.release(this.ticket);
  }

  onResult(result: AttemptResult): void {
    this.#group.settled(this, result);
  }
}
