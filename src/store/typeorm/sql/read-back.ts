/** How runs stand, for a writer whose last answer was lost. */
export function readBackSql(s: string): string {
  return `
SELECT id, epoch, status, inbox, cancel_reason, cancel_requested_at IS NOT NULL AS cancelled
FROM ${s}.run WHERE id = ANY ($1::uuid[])`;
}
