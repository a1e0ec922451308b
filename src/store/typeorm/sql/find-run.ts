import { NODE_COLUMNS, RUN_COLUMNS } from './columns';

export function findRunSql(s: string): string {
  return `SELECT ${RUN_COLUMNS} FROM ${s}.run WHERE run.id = $1::uuid`;
}

/** The records of several runs, in the order of their last change. */
export function findNodesSql(s: string): string {
  return `SELECT ${NODE_COLUMNS} FROM ${s}.node WHERE node.run_id = ANY ($1::uuid[]) ORDER BY node.seq`;
}
