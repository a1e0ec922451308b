import type { ListRunsParams } from '../../stored-run';
import { RUN_COLUMNS } from './columns';

/** A page of runs, newest first, and one more row that tells whether there is a next page. Every filter's value is bound. */
export function listRunsSql(
  s: string,
  params: ListRunsParams,
): { readonly sql: string; readonly values: readonly unknown[] } {
  const values: unknown[] = [];
  const conditions: string[] = [];
  const bind = (value: unknown): string => `$${values.push(value)}`;
  const where = (value: unknown, condition: (placeholder: string) => string): void => {
    if (value !== undefined) conditions.push(condition(bind(value)));
  };

  where(params.workflow, (v) => `run.workflow = ${v}::text`);
  where(params.flow, (v) => `run.flow = ${v}::text`);
  where(params.status, (v) => `run.status = ANY (${v}::text[])`);
  where(params.queue, (v) => `run.queue = ${v}::text`);
  where(params.parentIds, (v) => `run.parent_id = ANY (${v}::uuid[])`);
  where(params.tags, (v) => `run.tags @> ${v}::text[]`);
  where(params.text, (v) => `position(lower(${v}::text) IN lower(run.error ->> 'message')) > 0`);
  where(params.createdAfter?.getTime(), (v) => `run.created_at > to_timestamp(${v}::double precision / 1000)`);
  where(params.createdBefore?.getTime(), (v) => `run.created_at < to_timestamp(${v}::double precision / 1000)`);
  if (params.after !== undefined) {
    const { createdAt, id } = params.after;
    conditions.push(
      `(run.created_at, run.id) < (to_timestamp(${bind(createdAt)}::double precision / 1000), ${bind(id)}::uuid)`,
    );
  }
  const filter = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
  const limit = bind(params.limit + 1);
  return {
    sql: `SELECT ${RUN_COLUMNS} FROM ${s}.run ${filter} ORDER BY run.created_at DESC, run.id DESC LIMIT ${limit}::integer`,
    values,
  };
}
