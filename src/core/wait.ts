/** What a task asks to wait for. */
export type WaitRequest =
  | { readonly kind: 'sleep'; readonly durationMs: number }
  /** Epoch ms. */
  | { readonly kind: 'sleep-until'; readonly until: number }
  | { readonly kind: 'signal'; readonly signal: string; readonly timeoutMs: number | undefined };

/** A wait as it is recorded on its node; until when, its `wakeAt` says. `since`: epoch ms. */
export type RecordedWait =
  | { readonly kind: 'sleep'; readonly since: number }
  | { readonly kind: 'signal'; readonly since: number; readonly signal: string; readonly timeoutMs?: number };

/** A wait that begins at `now`, and after how many ms it is over at the latest; `undefined`: it may last for ever. */
export function beginWait(
  request: WaitRequest,
  now: number,
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
  }
}
