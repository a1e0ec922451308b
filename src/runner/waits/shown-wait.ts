import type { StoredNode } from '../../store/stored-run';

/** What a WAITING node waits for, as `get` shows it. `until` is when the wait is over at the latest; absent where it may last for ever. */
export type WaitRecord =
  | { readonly kind: 'sleep'; readonly since: Date; readonly until: Date | undefined }
  | { readonly kind: 'signal'; readonly signal: string; readonly since: Date; readonly until: Date | undefined }
  | {
      readonly kind: 'child';
      /** The child. */
      readonly runId: string;
      readonly workflow: string;
      readonly flow: string;
      readonly since: Date;
      readonly until: undefined;
    };

/** `undefined` for a node that does not wait, or backs off. */
export function shownWait({
  status,
  wait,
  wakeAt,
}: Pick<StoredNode, 'status' | 'wait' | 'wakeAt'>): WaitRecord | undefined {
  if (status !== 'WAITING' || wait === undefined) return undefined;
  const times = { since: new Date(wait.since), until: wakeAt === undefined ? undefined : new Date(wakeAt) };
  if (wait.kind === 'sleep') return { kind: 'sleep', ...times };
  if (wait.kind === 'signal') return { kind: 'signal', signal: wait.signal, ...times };
  const { id: runId, child } = wait;
  return { kind: 'child', runId, workflow: child.workflow, flow: child.flow, since: times.since, until: undefined };
}
