import type { ErrorView, NodeView, RunDetailView, RunView } from '../../application/views';
import { safeJson } from './safe-text';
import { statusPiece } from './status-style';
import { tableLines } from './table';
import { styled } from './terminal';
import type { Line } from './terminal';

/** Runs in a table. */
export function runTable(runs: readonly RunView[]): Line[] {
  return tableLines(
    ['RUN', 'WORKFLOW', 'FLOW', 'STATUS', 'CREATED', 'ERROR'],
    runs.map((run) => [
      run.id,
      run.version === undefined ? run.workflow : `${run.workflow}@${run.version}`,
      run.flow,
      statusPiece(run.status, run.isHeld ? `${run.status} (held)` : run.status),
      shortInstant(run.createdAt),
      run.error?.message,
    ]),
  );
}

/** A run with all that `show` tells of it. */
export function runLines(run: RunDetailView): Line[] {
  return [
    ...factLines(run),
    ...(run.error === undefined ? [] : errorLines('error', run.error)),
    ...run.errors.flatMap((error) => (isSame(error, run.error) ? [] : errorLines('also', error))),
    '',
    ...tableLines(['NODE', 'STATUS', 'ATTEMPT', 'TOOK', ''], run.nodes.map(nodeCells)),
  ];
}

function factLines(run: RunView): Line[] {
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['version', run.version],
    ['queue', run.queue],
    ['tags', run.tags.length === 0 ? undefined : run.tags.join(', ')],
    ['created', run.createdAt],
    ['started', run.startedAt],
    ['goes on', run.wakeAt],
    ['finished', run.finishedAt],
    ['parent', run.parentId],
    ['forked from', run.forkedFrom],
    ['cancel reason', run.cancelReason],
    ['input', run.input === undefined ? undefined : safeJson(run.input)],
    ['output', run.output === undefined ? undefined : safeJson(run.output)],
  ];
  return [
    [
      styled('bold', run.id),
      ` ${run.workflow}.${run.flow ?? '?'} `,
      statusPiece(run.status),
      run.isHeld ? ' (held)' : run.isCancelRequested && run.status !== 'CANCELLED' ? ' (to be cancelled)' : '',
    ],
    ...facts.flatMap(([name, value]) => (value === undefined ? [] : [[styled('dim', `${name}: `), value]])),
  ];
}

function errorLines(label: string, error: ErrorView): Line[] {
  const where = error.task === undefined ? '' : ` in ${nodeName({ task: error.task, index: error.index })}`;
  const code = error.code === undefined ? '' : ` [${error.code}]`;
  const line: Line = [styled('red', `${label}: `), `${error.name}: ${error.message}${code}${where}`];
  return error.cause === undefined ? [line] : [line, ...errorLines('caused by', error.cause)];
}

function isSame(error: ErrorView, other: ErrorView | undefined): boolean {
  return JSON.stringify(error) === JSON.stringify(other);
}

function nodeCells(node: NodeView) {
  const why = node.error?.message ?? node.reason?.sentence ?? waitText(node);
  return [nodeName(node), statusPiece(node.status), node.attempt, tookText(node), why] as const;
}

function waitText({ wait, wakeAt }: NodeView): string | undefined {
  if (wait === undefined) return wakeAt === undefined ? undefined : `until ${wakeAt}`;
  const what =
    wait.kind === 'signal'
      ? `signal ${wait.signal ?? ''}`
      : wait.kind === 'child'
        ? `run ${wait.runId ?? ''}`
        : 'a sleep';
  return `waits for ${what}${wait.until === undefined ? '' : ` until ${wait.until}`}`;
}

function tookText({ startedAt, finishedAt }: NodeView): string | undefined {
  if (startedAt === undefined || finishedAt === undefined) return undefined;
  return tookOf(Date.parse(finishedAt) - Date.parse(startedAt));
}

/** `pay`, or `pay[3]` of an element of a map. */
export function nodeName({ task, index }: { readonly task: string; readonly index?: number | undefined }): string {
  return index === undefined ? task : `${task}[${index}]`;
}

export function tookOf(ms: number): string {
  if (ms < 1_000) return `${ms} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  return ms < 3_600_000 ? `${(ms / 60_000).toFixed(1)} min` : `${(ms / 3_600_000).toFixed(1)} h`;
}

/** To the second, in UTC, as all instants are. */
function shortInstant(text: string): string {
  return text.replace(/\.\d+Z$/, 'Z');
}
