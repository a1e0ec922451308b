import { callKey } from './call-key';
import { findNode } from '../graph/find-node';
import type { FlowGraph } from '../graph/workflow-graph';
import type { NodeRef } from '../planner/events';
import type { ClaimedRun } from '../store/worker-lease';

/**
 * How a call is made, given that the run's workers died:
 *
 * - `plain`: nothing is suspected
 * - `announced`: its RUNNING record is durable before the call, so that the next crash knows who was running
 * - `careful`: announced, and no other careful call runs in this process: the next crash has one suspect
 * - `blamed`: not at all; it was the one careful call when the last worker died
 */
export type Caution = 'plain' | 'announced' | 'careful' | 'blamed';

/** A freed run was raised by one epoch, and its new claim by another. */
const EPOCHS_SINCE_CRASH = 2;

/** Which calls of a run may have killed its workers. Innocent calls are delayed by it, never failed. */
export class Suspicion {
  readonly #flow: FlowGraph;
  readonly #maxCrashes: number;
  /** Calls that were running when the last worker died, once the run has used up its chances. */
  #blamed: Set<number> | undefined;
  #crashes: number;

  constructor(run: ClaimedRun, flow: FlowGraph, maxCrashes: number) {
    this.#flow = flow;
    this.#maxCrashes = maxCrashes;
    this.#crashes = run.crashes;
    if (run.crashes < maxCrashes) return;
    for (const { node: name, index, status, attempt, epoch } of run.nodes) {
      const node = findNode(flow, name);
      const wasRunning = status === 'RUNNING' && attempt > 0 && epoch === run.epoch - EPOCHS_SINCE_CRASH;
      if (node !== undefined && wasRunning) (this.#blamed ??= new Set()).add(callKey(flow, node, index));
    }
  }

  /** Claims in a row that ended in a dead worker, without anything recorded since. */
  get crashes(): number {
    return this.#crashes;
  }

  cautionFor({ node, index }: NodeRef): Caution {
    if (this.#crashes === 0) return 'plain';
    if (this.#blamed?.has(callKey(this.#flow, node, index)) === true) return 'blamed';
    return this.#crashes >= this.#maxCrashes - 1 ? 'careful' : 'announced';
  }

  /** A result was recorded: the run gets on, so nothing of it kills its workers each time. */
  progressed(): void {
    this.#crashes = 0;
    this.#blamed = undefined;
  }
}
