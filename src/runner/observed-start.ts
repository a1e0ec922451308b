import type { SafeTelemetry } from '../telemetry/safe-telemetry';
import type { StartEnd, StartFacts } from '../telemetry/telemetry';

/** What the creation of a run was answered with. */
type Creation =
  | { readonly kind: 'created' }
  | { readonly kind: 'exists'; readonly id: string }
  /** Not by us, or not now: there is nothing to tell. */
  | { readonly kind: 'source-changed' | 'elsewhere' };

/** Creates a run, and tells telemetry what came of it. @param create given the trace that is kept with the run */
export async function observedStart<T extends Creation>(
  telemetry: SafeTelemetry | undefined,
  facts: StartFacts,
  create: (trace: string | undefined) => Promise<T>,
): Promise<T> {
  if (telemetry === undefined) return create(undefined);
  const observer = telemetry.starting(facts);
  try {
    const answer = await create(observer.trace);
    observer.ended(endOf(answer));
    return answer;
  } catch (error) {
    observer.ended({ outcome: 'failed', error });
    throw error;
  }
}

function endOf(answer: Creation): StartEnd {
  if (answer.kind === 'created') return { outcome: 'created' };
  return answer.kind === 'exists' ? { outcome: 'found', runId: answer.id } : { outcome: 'elsewhere' };
}
