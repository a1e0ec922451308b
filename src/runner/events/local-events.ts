import type { Clock } from '../../core/clock';
import type { TypeflowLogger } from '../../core/logger';
import { isThenable } from '../../core/thenable';
import type { NodeWrite, RecordParams, RunChange } from '../../store/record';
import type { ClaimedRun } from '../../store/worker-lease';
import { toLogEvent, toNodeEvent, toProgressEvent, toRunEvent } from './feed-events';
import type { SaidLine } from './kept-lines';
import type { RunEvent } from './run-event';

export type EventListener = (event: RunEvent) => void;

type ListenedRun = Pick<ClaimedRun, 'id' | 'workflow' | 'flow' | 'generation' | 'isCancelRequested'>;

/**
 * What happens in the runs that this process' worker executes, told where it happens, once it is durable. Nothing is made as long as nobody
 * listens.
 */
export class LocalEvents {
  readonly #logger: TypeflowLogger;
  readonly #clock: Clock;
  readonly #listeners = new Set<EventListener>();

  constructor(logger: TypeflowLogger, clock: Clock) {
    this.#logger = logger;
    this.#clock = clock;
  }

  subscribe(listener: EventListener): () => void {
    // One of its own, so that who subscribes twice is told twice.
    const own: EventListener = (event) => listener(event);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  /** The worker has begun, or goes on with, a run. */
  claimed(run: ListenedRun): void {
    if (this.#listeners.size > 0) this.#tell(toRunEvent(run.id, { ...run, status: 'RUNNING' }));
  }

  /** A record is durable. @param applied whether its change of the run was */
  recorded(
    run: ListenedRun,
    { nodes, run: change }: Pick<RecordParams, 'nodes' | 'run'>,
    applied: boolean,
    now: number,
  ): void {
    if (this.#listeners.size === 0) return;
    for (const node of nodes) this.#tell(toNodeEvent(run.id, { ...stateOf(node, now), generation: run.generation }));
    if (change !== undefined && applied) this.#tell(toRunEvent(run.id, { ...run, ...statusAfter(change, now) }));
  }

  said(line: SaidLine): void {
    if (this.#listeners.size === 0) return;
    const at = this.#clock.now();
    this.#tell(
      line.kind === 'line' ? toLogEvent(line.runId, { ...line, at }) : toProgressEvent(line.runId, { ...line, at }),
    );
  }

  #tell(event: RunEvent): void {
    const failed = (error: unknown): void =>
      this.#logger.error({ runId: event.runId, err: error }, 'a listener to events threw an error');
    // A copy: who subscribes meanwhile hears of the next one.
    for (const listener of [...this.#listeners]) {
      try {
        const answer: unknown = listener(event);
        // The type lets async functions through.
        if (isThenable(answer)) answer.then(undefined, failed);
      } catch (error) {
        failed(error);
      }
    }
  }
}

function stateOf(write: NodeWrite, now: number) {
  const { node, index, kind: nodeKind, status, attempt, error, reason, wait, elements, startedAt, finishedAt } = write;
  const wakeAt = write.wakeDelayMs === undefined ? undefined : now + write.wakeDelayMs;
  return { node, index, nodeKind, status, attempt, error, reason, wait, elements, startedAt, finishedAt, wakeAt };
}

function statusAfter(change: RunChange, now: number) {
  if (change.kind === 'finish') return { status: change.status, error: change.error, finishedAt: now };
  if (change.kind === 'release') return { status: change.refusedBy === undefined ? 'PENDING' : 'WAITING' } as const;
  return {
    status: 'WAITING',
    wakeAt: change.wakeDelayMs === undefined ? undefined : now + change.wakeDelayMs,
  } as const;
}
