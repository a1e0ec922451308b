import { ArgumentError } from '../core/errors/definition-error';
import { TypeflowError } from '../core/errors/typeflow-error';
import type { ListOptions } from '../runner/list-runs';
import type { RunRecord } from '../runner/run-record';
import type { WorkflowRunner } from '../runner/workflow-runner';
import type { BulkView } from './views';

/** How many runs one call changes at most: a client that waits for more would only wait longer. */
export const MAX_CHANGED = 1_000;

/** How many runs one call looks at: newer ones that cannot be changed stand before those that can. */
const MAX_LOOKED_AT = 10_000;

const PAGE = 1_000;
const SHOWN_FAILURES = 20;

export interface BulkParams {
  /** For messages. */
  readonly verb: string;
  readonly filter: ListOptions;
  readonly dryRun: boolean;
  /** `false`: there was nothing to change, or it could not be, because the run has changed since it was found. */
  readonly change: (run: RunRecord) => Promise<boolean>;
}

/**
 * Does something to every run that a filter finds, newest first, until 1,000 were changed. A dry run counts all of them and changes none.
 *
 * @throws ArgumentError for a filter that names nothing: it would mean every run there is
 */
export async function changeMany(
  runner: Pick<WorkflowRunner, 'list'>,
  { verb, filter, dryRun, change }: BulkParams,
): Promise<BulkView> {
  const { status: _, ...narrowing } = filter;
  if (Object.values(narrowing).every(isNoFilter)) {
    throw new ArgumentError(
      `${verb} of many runs needs a filter besides the status, such as workflow, tags or createdBefore; got none, which would mean every run`,
    );
  }
  let matched = 0;
  let changed = 0;
  const failures: { id: string; code?: string; message: string }[] = [];
  let cursor: string | undefined;
  do {
    const page = await runner.list({ ...filter, limit: PAGE, ...(cursor !== undefined && { cursor }) });
    cursor = page.cursor;
    if (dryRun) matched += page.items.length;
    for (const run of dryRun ? [] : page.items) {
      if (changed >= MAX_CHANGED || matched >= MAX_LOOKED_AT)
        return { matched, changed, isDryRun: dryRun, isMore: true, failures };
      matched += 1;
      try {
        if (await change(run)) changed += 1;
      } catch (error) {
        if (!(error instanceof TypeflowError)) throw error;
        if (failures.length < SHOWN_FAILURES) failures.push({ id: run.id, code: error.code, message: error.message });
      }
    }
  } while (cursor !== undefined);
  return { matched, changed, isDryRun: dryRun, isMore: false, failures };
}

/** No tags, and an empty text, hold of every run as well. */
function isNoFilter(value: unknown): boolean {
  return value === undefined || value === '' || (Array.isArray(value) && value.length === 0);
}
