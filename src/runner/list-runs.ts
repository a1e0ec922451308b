import { ArgumentError } from '../core/errors/definition-error';
import { isUuid } from '../core/ids';
import { RUN_STATUSES } from '../core/statuses';
import type { RunStatus } from '../core/statuses';
import type { Store } from '../store/store';
import type { ListRunsParams } from '../store/stored-run';
import { toRunRecord } from './run-record';
import type { RunRecord } from './run-record';

/** Filters of `list`; all that are given must hold. */
export interface ListOptions {
  readonly workflow?: string;
  readonly flow?: string;
  readonly status?: RunStatus | readonly RunStatus[];
  readonly queue?: string;
  /** Children of this run. */
  readonly parentId?: string;
  /** Runs that have every one of these tags. */
  readonly tags?: readonly string[];
  /** Runs whose error message contains this, in any case. */
  readonly text?: string;
  readonly createdAfter?: Date;
  readonly createdBefore?: Date;
  /** 1 to 1,000. Default 50. */
  readonly limit?: number;
  /** From the previous page. */
  readonly cursor?: string;
}

export interface RunList {
  readonly items: readonly RunRecord[];
  /** Where the next page begins; `undefined` after the last one. */
  readonly cursor: string | undefined;
}

/** One page. @throws ArgumentError */
export async function listRuns(store: Store, options: ListOptions): Promise<RunList> {
  const page = await store.listRuns(toParams(options));
  const last = page.items.at(-1);
  return {
    items: page.items.map((run) => toRunRecord(run)),
    cursor: page.hasMore && last !== undefined ? toCursor(last) : undefined,
  };
}

function toParams(options: ListOptions): ListRunsParams {
  const { workflow, flow, queue, parentId, tags, text, createdAfter, createdBefore } = options;
  const limit = limitOf(options.limit, 'list');
  for (const [name, date] of Object.entries({ createdAfter, createdBefore })) {
    if (date !== undefined && !(date instanceof Date && Number.isFinite(date.getTime()))) {
      throw new ArgumentError(`list.${name} must be a valid Date, got ${String(date)}`);
    }
  }
  const after = options.cursor === undefined ? undefined : fromCursor(options.cursor);
  return {
    workflow,
    flow,
    status: statusesOf(options.status),
    queue,
    parentIds: parentId === undefined ? undefined : [parentId],
    tags,
    text,
    createdAfter,
    createdBefore,
    limit,
    after,
  };
}

/** How many a page may have. @throws ArgumentError */
export function limitOf(limit: number | undefined, verb: string): number {
  if (limit === undefined) return 50;
  if (Number.isInteger(limit) && limit >= 1 && limit <= 1_000) return limit;
  throw new ArgumentError(`${verb}.limit must be a whole number from 1 to 1,000, got ${String(limit)}`);
}

function statusesOf(status: ListOptions['status']): readonly RunStatus[] | undefined {
  if (status === undefined) return undefined;
  const statuses = typeof status === 'string' ? [status] : status;
  for (const one of statuses) {
    if (!RUN_STATUSES.includes(one)) {
      throw new ArgumentError(`list.status must be one of ${RUN_STATUSES.join(', ')}, got ${JSON.stringify(one)}`);
    }
  }
  return statuses;
}

export function toCursor({ createdAt, id }: { readonly createdAt: number; readonly id: string }): string {
  return Buffer.from(`${createdAt}:${id}`).toString('base64url');
}

/** @throws ArgumentError */
export function fromCursor(cursor: string): { readonly createdAt: number; readonly id: string } {
  const [createdAt, id] = Buffer.from(cursor, 'base64url').toString().split(':');
  if (id !== undefined && isUuid(id) && /^\d{1,15}$/.test(createdAt ?? '')) return { createdAt: Number(createdAt), id };
  throw new ArgumentError('the cursor of a list must come from an earlier page of the same list');
}
