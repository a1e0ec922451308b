import type { Command } from 'commander';
import type { RunFilter } from '../../application/operations';
import { parseDuration } from '../../core/durations';
import { RUN_STATUSES } from '../../core/statuses';
import type { RunStatus } from '../../core/statuses';
import { UsageError } from '../exit-codes';
import { collect, notEmpty } from '../target/options';

export interface FilterOptions {
  readonly workflow?: string;
  readonly flow?: string;
  readonly status?: readonly string[];
  readonly queue?: string;
  readonly parent?: string;
  readonly tag?: readonly string[];
  readonly text?: string;
  readonly since?: string;
  readonly until?: string;
}

/** Adds what chooses runs: all that is given must hold. */
export function withFilter(command: Command): Command {
  return command
    .option('--workflow <name>', 'runs of this workflow')
    .option('--flow <name>', 'runs of this flow')
    .option('--status <status>', 'in this status, or one of several: FAILED,CANCELLED', collect('--status'))
    .option('--queue <name>', 'in this queue')
    .option('--parent <run>', 'children of this run')
    .option('--tag <tag>', 'that have this tag, and each other one that is given', collect('--tag'))
    .option('--text <text>', 'whose error message contains this')
    .option('--since <when>', 'created since then: an instant, or a time ago such as 2h')
    .option('--until <when>', 'created before then');
}

/** @throws UsageError */
export function toFilter(options: FilterOptions, now: number): RunFilter {
  const { workflow, flow, status, queue, parent, tag, text, since, until } = options;
  return {
    ...(workflow !== undefined && { workflow: notEmpty('--workflow', workflow) }),
    ...(flow !== undefined && { flow: notEmpty('--flow', flow) }),
    ...(status !== undefined && { status: status.map(toStatus) }),
    ...(queue !== undefined && { queue: notEmpty('--queue', queue) }),
    ...(parent !== undefined && { parentId: notEmpty('--parent', parent) }),
    ...(tag !== undefined && { tags: tag }),
    ...(text !== undefined && { text: notEmpty('--text', text) }),
    ...(since !== undefined && { createdAfter: toInstant('--since', since, now) }),
    ...(until !== undefined && { createdBefore: toInstant('--until', until, now) }),
  };
}

function toStatus(text: string): RunStatus {
  const status = RUN_STATUSES.find((one) => one === text.toUpperCase());
  if (status !== undefined) return status;
  throw new UsageError(`--status: expected one of ${RUN_STATUSES.join(', ')}, got '${text}'`);
}

function toInstant(option: string, text: string, now: number): string {
  if (/^\d+[a-z]+$/.test(text))
    return new Date(now - parseDuration(text as `${number}s`, { what: option })).toISOString();
  const date = new Date(text);
  if (!Number.isNaN(date.getTime())) return date.toISOString();
  throw new UsageError(
    `${option}: expected an instant such as 2026-01-31T12:00Z, or a time ago such as 2h, got '${text}'`,
  );
}
