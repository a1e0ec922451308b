import { ms } from './fragments';

/** The columns of a run, as `rows.ts` reads them. */
export const RUN_COLUMNS = `
  run.id, run.workflow, run.version, run.flow, run.fingerprint, run.refused, run.status, run.queue, run.priority, run.tags,
  run.input, run.output, run.output IS NOT NULL AS has_output, run.error, run.errors, run.idempotency_key, run.epoch,
  run.generation, run.inbox, run.crashes, run.owner, run.parent_id, run.trace, run.cancel_reason,
  run.cancel_requested_at IS NOT NULL AS is_cancel_requested,
  ${ms('run.created_at')} AS created_at, ${ms('run.started_at')} AS started_at, ${ms('run.finished_at')} AS finished_at,
  ${ms('run.wake_at')} AS wake_at, ${ms('run.deadline_at')} AS deadline_at,
  ${ms('run.flow_started_at')} AS flow_started_at, run.forked_from, run.seq`;

/** What a claim hands over: the columns that a run which is not over needs to go on. */
export const CLAIMED_COLUMNS = `
  run.id, run.workflow, run.version, run.flow, run.fingerprint, run.queue, run.priority, run.tags, run.input, run.epoch, run.generation,
  run.inbox, run.crashes, run.parent_id, run.trace, run.cancel_reason, run.cancel_requested_at IS NOT NULL AS is_cancel_requested,
  ${ms('run.created_at')} AS created_at, ${ms('run.started_at')} AS started_at, ${ms('run.deadline_at')} AS deadline_at`;

/** The columns of a node, as `rows.ts` reads them. */
export const NODE_COLUMNS = `
  node.run_id, node.node, node.idx, node.kind, node.shape, node.status, node.generation, node.epoch, node.attempt, node.attempts,
  node.output, node.output IS NOT NULL AS has_output, node.error, node.reason, node.wait, node.elements, node.reset_in, node.reused_from, node.seq,
  ${ms('node.started_at')} AS started_at, ${ms('node.finished_at')} AS finished_at, ${ms('node.wake_at')} AS wake_at`;
