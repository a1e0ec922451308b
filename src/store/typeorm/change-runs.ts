import type { RunStatus } from '../../core/statuses';
import type { RetryRunParams } from '../retry-run';
import type { RetryRunResult } from '../store';
import type { HintSender } from '../store-hint';
import type { Statements } from './sql/statements';

/** What changes of runs from outside are made with. */
export interface ChangeSender {
  /** Sends a statement, again when its answer was lost. @param onRepeat called before it may take effect a second time */
  readonly send: <Row>(sql: string, values: readonly unknown[], onRepeat?: () => void) => Promise<readonly Row[]>;
  readonly sql: Statements;
  readonly tell: HintSender;
}

export interface CancelParams {
  readonly runId: string;
  readonly reason?: string | undefined;
}

/** How a run stands. */
interface StateRow {
  readonly status: RunStatus;
  readonly epoch: number;
  readonly generation: number;
}

/** How a run stood when its cancel was accepted. */
interface HeldRow {
  readonly status: RunStatus;
  readonly epoch: number;
  readonly owner: string | null;
  readonly queue: string;
  readonly untouched: boolean;
}

export async function requestCancel(
  { send, sql, tell }: ChangeSender,
  { runId, reason }: CancelParams,
): Promise<'accepted' | 'final' | 'unknown'> {
  let isRepeated = false;
  const [held] = await send<HeldRow>(sql.requestCancel, [runId, reason ?? null], () => (isRepeated = true));
  if (held === undefined) {
    const [run] = await send<StateRow>(sql.runState, [runId]);
    // The first try's answer was lost, and it, or somebody else, did what the caller wants.
    if (isRepeated && run?.status === 'CANCELLED') return 'accepted';
    return run === undefined ? 'unknown' : 'final';
  }
  if (!held.untouched && held.status !== 'RUNNING') {
    await send(sql.cancelUnstarted, [runId, held.epoch]);
    tell.work(held.queue);
  }
  if (held.owner !== null) tell.attention(held.owner);
  return 'accepted';
}

export async function retryRun(
  { send, sql, tell }: ChangeSender,
  { runId, reset, compensations = [], compensationsOnly = false }: RetryRunParams,
): Promise<RetryRunResult> {
  /** The epoch with which a retry was sent whose answer was lost: only that, or another retry, can have raised it. */
  let lostAt = Infinity;
  for (;;) {
    const [state] = await send<StateRow>(sql.runState, [runId]);
    if (state === undefined) return { kind: 'unknown' };
    const { status, epoch, generation } = state;
    if (epoch > lostAt) {
      tell.look();
      return { kind: 'retried', generation };
    }
    if (status !== 'FAILED' && status !== 'CANCELLED') return { kind: 'refused', status };
    const [row] = await send<{ generation: number; queue: string }>(
      sql.retryRun,
      [
        runId,
        epoch,
        reset,
        compensations.map(({ name }) => name),
        compensations.map(({ task }) => task),
        compensationsOnly,
      ],
      () => (lostAt = epoch),
    );
    // No row: another retry came first, and the run's state is another one now.
    if (row === undefined) continue;
    tell.work(row.queue);
    return { kind: 'retried', generation: row.generation };
  }
}
