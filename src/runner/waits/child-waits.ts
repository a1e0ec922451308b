import { hashOf } from '../../core/codec/hash';
import { NO_CODEC, readSealed } from '../../core/codec/sealed';
import { decodeFailure, rebuildFailure } from '../../core/errors/failure-record';
import { PayloadCodecError } from '../../core/errors/store-errors';
import { ChildCancelledError, ChildDepthError, ChildFailedError } from '../../core/errors/task-errors';
import type { RecordedWait } from '../../core/wait';
import type { NodeRef } from '../../planner/events';
import { MAX_ANCESTORS } from '../../store/children';
import type { FinalRun } from '../../store/store';
import type { ClaimedRun } from '../../store/worker-lease';
import type { ExecutionHost } from '../execution-host';
import type { WaitEnd } from '../run-recorder';
import type { Timers } from '../timers';

export interface ChildWaitsParams {
  readonly run: ClaimedRun;
  readonly host: ExecutionHost;
  readonly timers: Timers;
  readonly onOver: (ref: NodeRef, end: WaitEnd) => void;
  readonly onSettled: () => void;
  /** The run belongs to another worker. */
  readonly onLost: () => void;
}

type ChildWait = Extract<RecordedWait, { readonly kind: 'child' }>;

/** After the database could not be asked. */
const AGAIN_MS = 1_000;

/**
 * The children that tasks of one run wait for, while a worker has it. Each is started once the wait for it is recorded, and, whoever
 * goes on with the run, once more: it has its id by the task, and is then found. A child that ends moves the inbox of the run, and
 * is looked for then.
 */
export class ChildWaits {
  readonly #params: ChildWaitsParams;
  /** By the id of the child. */
  readonly #open = new Map<string, { readonly ref: NodeRef; readonly wait: ChildWait }>();
  /** Children that nobody waits for any more. */
  readonly #dropped = new Set<string>();
  #starting = 0;
  #noticedInbox: number;
  #lookedInbox = -1;
  #isLooking = false;
  #isClosed = false;

  constructor(params: ChildWaitsParams) {
    this.#params = params;
    this.#noticedInbox = params.run.inbox;
  }

  /** A child is being started or looked for, or is to be. */
  get isMoving(): boolean {
    return this.#starting > 0 || this.#isLooking || this.#isLookWanted;
  }

  begin(ref: NodeRef, wait: ChildWait): void {
    this.#open.set(wait.id, { ref, wait });
    void this.#start(ref, wait);
  }

  drop(ref: NodeRef): void {
    for (const [id, open] of this.#open) {
      if (open.ref.node !== ref.node || open.ref.index !== ref.index) continue;
      this.#open.delete(id);
      this.#dropped.add(id);
    }
  }

  noticed(inbox: number): void {
    this.#noticedInbox = Math.max(this.#noticedInbox, inbox);
    this.#lookSoon();
  }

  close(): void {
    this.#isClosed = true;
    this.#open.clear();
  }

  async #start(ref: NodeRef, wait: ChildWait): Promise<void> {
    const { run, host, timers, onOver, onLost, onSettled } = this.#params;
    const { onParentEnd, queue = run.queue, ...child } = wait.child;
    this.#starting++;
    try {
      const answer = await host.store.children.start({
        run: { ...child, id: wait.id, queue, priority: run.priority, tags: run.tags, inputHash: hashOf(child.input) },
        parent: { runId: run.id, epoch: run.epoch },
        isDetached: onParentEnd === 'leave',
      });
      this.#starting--;
      if (answer === 'started' && this.#dropped.has(wait.id) && onParentEnd === 'cancel') this.#stop(wait.id);
      if (this.#isClosed) return;
      if (answer === 'lost') return onLost();
      if (answer === 'too-deep') {
        this.#open.delete(wait.id);
        onOver(ref, { kind: 'failed', error: new ChildDepthError(ref.node.name, MAX_ANCESTORS) });
      }
      // It may be over already, where an earlier owner started it.
      if (answer === 'exists') this.#lookedInbox = -1;
      this.#lookSoon();
      onSettled();
    } catch (error) {
      if (!this.#isClosed) {
        host.logger.warn({ runId: run.id, child: wait.id, err: error }, 'a child could not be started; trying again');
        timers.after(AGAIN_MS, () => {
          this.#starting--;
          if (this.#open.has(wait.id)) void this.#start(ref, wait);
        });
      }
    }
  }

  /** It was begun while its parent came to its end: the statement of that end may not have seen it. */
  #stop(runId: string): void {
    const { run, host } = this.#params;
    const reason = `its parent ${run.id} does not wait for it any more`;
    host.store.requestCancel({ runId, reason }).catch((error: unknown) => {
      host.logger.warn(
        { runId: run.id, child: runId, err: error },
        'a child that nobody waits for could not be cancelled',
      );
    });
  }

  get #isLookWanted(): boolean {
    return this.#lookedInbox < this.#noticedInbox && this.#open.size > 0;
  }

  #lookSoon(): void {
    if (this.#isLooking || this.#isClosed || !this.#isLookWanted) return;
    this.#isLooking = true;
    queueMicrotask(() => void this.#look());
  }

  async #look(): Promise<void> {
    const { run, host, timers, onSettled } = this.#params;
    // What ends after this is read moves the inbox beyond it.
    const inbox = this.#noticedInbox;
    try {
      const { final, unknown } = await host.store.findFinal({ runIds: [...this.#open.keys()] });
      this.#isLooking = false;
      if (this.#isClosed) return;
      for (const { output } of final) if (output !== undefined) assertOpen(output);
      this.#lookedInbox = inbox;
      for (const child of final) this.#ended(child);
      // Deleted by hand, or not started yet.
      for (const id of this.#starting > 0 ? [] : unknown) this.#startAgain(id);
    } catch (error) {
      this.#isLooking = false;
      if (this.#isClosed) return;
      host.logger.warn({ runId: run.id, err: error }, 'children could not be read; trying again');
      timers.after(AGAIN_MS, () => this.#lookSoon());
      return;
    }
    this.#lookSoon();
    onSettled();
  }

  #startAgain(id: string): void {
    const open = this.#open.get(id);
    if (open !== undefined) void this.#start(open.ref, open.wait);
  }

  #ended(child: FinalRun): void {
    const open = this.#open.get(child.id);
    if (open === undefined) return;
    this.#open.delete(child.id);
    this.#params.onOver(open.ref, endOfChild(open.ref.node.name, child));
  }
}

/** What this process cannot open must not become a value of the parent. @throws PayloadCodecError */
function assertOpen(output: string): void {
  const sealed = readSealed(output);
  if (sealed !== undefined) throw new PayloadCodecError('opened', sealed.problem ?? NO_CODEC);
}

function endOfChild(task: string, { id, status, output = 'null', error, cancelReason }: FinalRun): WaitEnd {
  if (status === 'COMPLETED') return { kind: 'completed', value: output };
  if (status === 'CANCELLED') return { kind: 'failed', error: new ChildCancelledError(task, id, cancelReason) };
  const cause = error === undefined ? new Error('it left no error') : rebuildFailure(decodeFailure(error));
  return { kind: 'failed', error: new ChildFailedError(task, id, { cause }) };
}
