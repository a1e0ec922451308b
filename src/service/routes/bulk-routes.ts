import type { RunFilter } from '../../application/operations';
import { RUN_STATUSES, isFinalRunStatus } from '../../core/statuses';
import type { FinalRunStatus } from '../../core/statuses';
import { bodyProblems } from '../schemas/answers';
import { duration, longText, runFilter } from '../schemas/fields';
import { described, list, object, ref } from '../schemas/json-schema';
import { goneSignal } from '../service-context';
import type { ServiceContext } from '../service-context';
import type { ServiceRoute } from '../service-route';

interface BulkBody {
  readonly filter: RunFilter;
  readonly dryRun?: boolean;
  readonly reason?: string;
}

const dryRun = { type: 'boolean', description: 'Counts the runs, and changes none. Default false.' };
const answers = { 200: { description: 'What was done.', schema: ref('Bulk') }, ...bodyProblems() };

/** What is done to many runs at once. */
export function bulkRoutes(context: ServiceContext): readonly ServiceRoute[] {
  const { operations } = context;
  return [
    {
      method: 'POST',
      path: '/workflows/cancel',
      operationId: 'cancelRuns',
      tag: 'runs',
      summary: 'Cancels the runs that a filter finds, 1,000 at most.',
      role: 'admin',
      body: object({ filter: runFilter, dryRun, reason: longText }, ['filter']),
      answers,
      handle: ({ body }) => {
        const { filter, dryRun: isDry = false, ...rest } = body as BulkBody;
        return operations.cancelMany(filter, { dryRun: isDry, ...rest });
      },
    },
    {
      method: 'POST',
      path: '/workflows/retry',
      operationId: 'retryRuns',
      tag: 'runs',
      summary: 'Retries the FAILED and CANCELLED runs that a filter finds, 1,000 at most.',
      role: 'admin',
      body: object({ filter: runFilter, dryRun }, ['filter']),
      answers,
      handle: ({ body }) => {
        const { filter, dryRun: isDry = false } = body as BulkBody;
        return operations.retryMany(filter, { dryRun: isDry });
      },
    },
    {
      method: 'POST',
      path: '/workflows/cleanup',
      operationId: 'cleanUpRuns',
      tag: 'runs',
      summary: 'Deletes runs that ended so long ago.',
      role: 'admin',
      body: object(
        {
          olderThan: described(duration, 'Since the end of a run.'),
          status: list({ type: 'string', enum: RUN_STATUSES.filter(isFinalRunStatus) }, { minItems: 1, maxItems: 3 }),
        },
        ['olderThan'],
      ),
      answers: { 200: { description: 'What was deleted.', schema: ref('Cleanup') }, ...bodyProblems() },
      handle: (request, reply) => {
        const rule = request.body as { olderThan: string; status?: readonly FinalRunStatus[] };
        return operations.cleanup({ ...rule, signal: goneSignal(context, request, reply) });
      },
    },
  ];
}
