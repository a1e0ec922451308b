/** How the harness reads its evidence; the names are those of `Evidence`. */
export const LEDGER_LINES = `
SELECT run, task, idx, attempt, epoch, run_epoch AS "runEpoch", pid, key, lease_left_ms AS "leaseLeftMs", is_ready AS "isReady",
       is_recorded AS "isRecorded"
FROM ledger ORDER BY id`;

export const CHANGES = `
SELECT id::int, (extract(epoch FROM at) * 1000)::float8 AS at, kind, run, node, idx, old_status AS "oldStatus",
       new_status AS "newStatus", old_epoch AS "oldEpoch", new_epoch AS "newEpoch", run_epoch AS "runEpoch",
       old_owner AS "oldOwner", new_owner AS "newOwner", is_by_owner AS "isByOwner"
FROM audit ORDER BY id`;

export const RUNS = `
SELECT id, status, output, (
  SELECT coalesce(json_agg(json_build_object('node', node, 'idx', idx, 'status', status)), '[]')
  FROM typeflow.node WHERE run_id = run.id) AS nodes
FROM typeflow.run`;
