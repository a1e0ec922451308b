import type { ListRunsParams, RunPage } from '../stored-run';
import { toStoredRun } from './memory-run';
import type { MemoryRun, MemoryTables } from './memory-run';

export function listRuns(tables: MemoryTables, params: ListRunsParams): RunPage {
  const found = [...tables.runs.values()].filter((run) => matches(run, params)).sort(newestFirst);
  const items = found.slice(0, params.limit).map((run) => toStoredRun(run, []));
  return { items, hasMore: found.length > params.limit };
}

function matches(run: MemoryRun, params: ListRunsParams): boolean {
  const { workflow, flow, status, queue, tags, text, createdAfter, createdBefore, after } = params;
  if (workflow !== undefined && run.workflow !== workflow) return false;
  if (flow !== undefined && run.flow !== flow) return false;
  if (status !== undefined && !status.includes(run.status)) return false;
  if (queue !== undefined && run.queue !== queue) return false;
  if (params.parentIds !== undefined && !params.parentIds.includes(run.parentId ?? '')) return false;
  if (tags !== undefined && !tags.every((tag) => run.tags.includes(tag))) return false;
  if (text !== undefined && !messageOf(run).toLowerCase().includes(text.toLowerCase())) return false;
  if (createdAfter !== undefined && run.createdAt <= createdAfter.getTime()) return false;
  if (createdBefore !== undefined && run.createdAt >= createdBefore.getTime()) return false;
  return after === undefined || newestFirst(after, run) < 0;
}

function messageOf(run: MemoryRun): string {
  if (run.error === undefined) return '';
  const { message } = JSON.parse(run.error) as { readonly message?: unknown };
  return typeof message === 'string' ? message : '';
}

interface Position {
  readonly createdAt: number;
  readonly id: string;
}

function newestFirst(a: Position, b: Position): number {
  return b.createdAt - a.createdAt || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0);
}
