/** What a task asks to wait for. */
export type WaitRequest =
  | { readonly kind: 'sleep'; readonly durationMs: number }
  /** Epoch ms. */
  | { readonly kind: 'sleep-until'; readonly until: number }
  | { readonly kind: 'signal'; readonly signal: string; readonly timeoutMs: number | undefined }
  | { readonly kind: 'child'; readonly child: ChildSpec };

/** The run that a task asks for: all that is needed to start it, in any process. */
export interface ChildSpec {
  readonly workflow: string;
  readonly version?: string | undefined;
  readonly flow: string;
  readonly fingerprint: string;
  /** Where its flow sends its runs; otherwise they go where the parent went. */
  readonly queue?: string | undefined;
  /** Encoded. */
  readonly input: string;
  /** What becomes of it when its parent is CANCELLED or FAILS before it is over. */
  readonly onParentEnd: 'cancel' | 'leave';
  /** Of the attempt that asks for it, where that was traced. */
  readonly trace?: string | undefined;
}

/** A wait as it is recorded on its node; until when, its `wakeAt` says. `since`: epoch ms. */
export type RecordedWait =
  | { readonly kind: 'sleep'; readonly since: number }
  | { readonly kind: 'signal'; readonly since: number; readonly signal: string; readonly timeoutMs?: number }
  | { readonly kind: 'child'; readonly since: number; readonly id: string; readonly child: ChildSpec };

/**
 * A wait that begins at `now`, and after how many ms it is over at the latest; `undefined`: it may last for ever.
 *
 * @param childId of the run that it asks for, where it does
 */
export function beginWait(
  request: WaitRequest,
  now: number,
  childId: () => string,
): { readonly wait: RecordedWait; readonly endsInMs: number | undefined } {
  switch (request.kind) {
    case 'sleep':
      return { wait: { kind: 'sleep', since: now }, endsInMs: request.durationMs };
    case 'sleep-until':
      return { wait: { kind: 'sleep', since: now }, endsInMs: Math.max(0, request.until - now) };
    case 'signal': {
      const { signal, timeoutMs } = request;
      const wait = { kind: 'signal', since: now, signal, ...(timeoutMs === undefined ? {} : { timeoutMs }) } as const;
      return { wait, endsInMs: timeoutMs };
    }
    case 'child':
      return { wait: { kind: 'child', since: now, id: childId(), child: request.child }, endsInMs: undefined };
  }
}
