/** How runs stand; the values only of those that are over. */
export function findFinalSql(s: string): string {
  return `
SELECT id, workflow, status, cancel_reason,
       CASE WHEN final THEN output END AS output, final AND output IS NOT NULL AS has_output, CASE WHEN final THEN error END AS error
FROM (
  SELECT run.*, status IN ('COMPLETED', 'FAILED', 'CANCELLED') AS final FROM ${s}.run WHERE id = ANY ($1::uuid[])
) AS run`;
}
