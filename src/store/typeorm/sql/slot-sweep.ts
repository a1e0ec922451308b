/**
 * Deletes rows that only dead workers have part in: whoever asks for such a key frees its slots, but nobody may ever ask again.
 * The workers are judged by the snapshot, so the row must still be that of the snapshot when it is locked.
 */
export function sweepSlotsSql(s: string): string {
  return `
DELETE FROM ${s}.slot_lease WHERE key IN (
  SELECT l.key FROM ${s}.slot_lease l JOIN ${s}.slot_lease seen ON seen.key = l.key AND seen.leases = l.leases AND seen.waiting = l.waiting
  WHERE NOT EXISTS (
    SELECT FROM jsonb_object_keys(seen.leases || seen.waiting) AS e(worker) JOIN ${s}.worker w ON w.id = e.worker::uuid AND NOT w.dead
  )
  FOR UPDATE OF l SKIP LOCKED
)`;
}

/** On PGlite, whose folder has one process at a time: whoever held slots before this process is gone. */
export function wipeSlotsSql(s: string): string {
  return `DELETE FROM ${s}.slot_lease`;
}
