import { refKey } from './call-key';
import type { StartCommand } from './node-call';
import type { TaskSlots } from './task-slots';
import type { NodeRef } from '../planner/events';

/**
 * The calls of one run that wait for the process' one careful turn, or have it. The turn is taken before the call is announced
 * and kept until it has ended, so that a dead worker leaves one announced suspect.
 */
export class CarefulCalls {
  readonly #turns: TaskSlots;
  readonly #begin: (command: StartCommand) => void;
  // Made when first needed: nearly every run comes without.
  #waiting: Map<string, () => void> | undefined;
  #active: Set<string> | undefined;

  /** @param begin announces and makes the call; `ended` must follow */
  constructor(turns: TaskSlots, begin: (command: StartCommand) => void) {
    this.#turns = turns;
    this.#begin = begin;
  }

  /** Nothing waits for its turn or has it. */
  get isIdle(): boolean {
    return (this.#waiting?.size ?? 0) === 0 && (this.#active?.size ?? 0) === 0;
  }

  start(command: StartCommand): void {
    const key = refKey(command);
    const waiting = (this.#waiting ??= new Map());
    const active = (this.#active ??= new Set());
    const enter = (): void => {
      waiting.delete(key);
      active.add(key);
      this.#begin(command);
    };
    waiting.set(key, enter);
    this.#turns.acquire(enter);
  }

  /** `true` when the call was still waiting, and now never happens. */
  withdraw(ref: NodeRef): boolean {
    const enter = this.#waiting?.get(refKey(ref));
    return enter !== undefined && this.#waiting?.delete(refKey(ref)) === true && this.#turns.withdraw(enter);
  }

  ended(ref: NodeRef): void {
    if (this.#active?.delete(refKey(ref)) === true) this.#turns.release();
  }

  /** Takes back what waits. */
  withdrawAll(): void {
    for (const enter of this.#waiting?.values() ?? []) this.#turns.withdraw(enter);
    this.#waiting?.clear();
  }

  /** Gives back every turn. */
  close(): void {
    this.withdrawAll();
    for (const key of this.#active ?? []) {
      this.#active?.delete(key);
      this.#turns.release();
    }
  }
}
