import { ArgumentError } from '../core/errors/definition-error';
import { TypeflowError } from '../core/errors/typeflow-error';
import type { ListOptions } from '../runner/list-runs';
import type { WorkflowRunner } from '../runner/workflow-runner';
import type { BulkView } from './views';

/** How many runs one call changes at most: a client that waits for more would only wait longer. */
export const MAX_CHANGED = 1_000;

const PAGE = 1_000;
const SHOWN_FAILURES = 20;

export interface BulkParams {
  /** For messages. */
  readonly verb: string;
  readonly filter: ListOptions;
  readonly dryRun: boolean;
  /** `false`: it could not be applied, because the run has changed since it was found. */
  readonly change: (runId: string) => Promise<boolean>;
}

/**
 * Does something to every run that a filter finds, oldest page last, 1,000 at most. A dry run counts all of them and changes none.
 *
 * @throws ArgumentError for a filter that names nothing: it would mean every run there is
 */
export async function changeMany(
  runner: WorkflowRunner,
  { verb, filter, dryRun, change }: BulkParams,
): Promise<BulkView> {
  const { status: _, ...narrowing } = filter;
  // No tags, or an empty text, hold of every run as well.
  if (Object.values(narrowing).every((value) => isEmpty(value))) {
    throw new ArgumentError(
      `${verb} of many runs needs a filter besides the status, such as workflow, tags or createdBefore; got none, which would mean every run`,
    );
  }
  let matched = 0;
  let changed = 0;
  const failures: { id: string; code?: string; message: string }[] = [];
  for (let cursor: string | undefined, isFirst = true; isFirst || cursor !== undefined; isFirst = false) {
    const page = await runner.list({ ...filter, limit: PAGE, ...(cursor !== undefined && { cursor }) });
    matched += page.items.length;
    cursor = page.cursor;
    if (dryRun) continue;
    for (const { id } of page.items) {
      try {
        if (await change(id)) changed += 1;
      } catch (error) {
        if (!(error instanceof TypeflowError)) throw error;
        if (failures.length < SHOWN_FAILURES) failures.push({ id, code: error.code, message: error.message });
      }
    }
    if (matched >= MAX_CHANGED) break;
  }
  return { matched, changed, isDryRun: dryRun, isMore: !dryRun && matched >= MAX_CHANGED, failures };
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === '' || (Array.isArray(value) && value.length === 0);
}
