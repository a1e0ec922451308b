import type { RecordedAttempt } from '../../core/attempts';
import type { NodeReason } from '../../core/reasons';
import type { RecordedWait } from '../../core/wait';
import type { NodeWrite, RecordParams, RunChange } from '../record';
import type { FinalRun } from '../store';
import type { StoredNode, StoredRun } from '../stored-run';
import type { ClaimedRun } from '../worker-lease';
import { childInputIn, inputOf, outputOf, runOutput, SKIP_REASON } from './contexts';
import type { PayloadOpening, PayloadSeal } from './payload-seal';

/** What happened to a run, with its values sealed. */
export function sealRecord(seal: PayloadSeal, params: RecordParams): RecordParams {
  const { runId, nodes, run } = params;
  const change = run && sealChange(seal, runId, run);
  const plainOutput = run?.kind === 'finish' ? run.output : undefined;
  const output = change?.kind === 'finish' ? change.output : undefined;
  const sealed = nodes.map((node) => {
    const write = sealNode(seal, runId, node);
    // One text: stores keep a flow's value once, where it is that of its run.
    const isShared = node.kind === 'flow' && output !== undefined && node.output === plainOutput;
    return isShared ? { ...write, output } : write;
  });
  return { ...params, nodes: sealed, run: change };
}

function sealChange(seal: PayloadSeal, runId: string, change: RunChange): RunChange {
  if (change.kind !== 'finish') return change;
  const { output, error, errors } = change;
  return {
    ...change,
    output: output === undefined ? undefined : seal.value(output, runOutput(runId)),
    error: error === undefined ? undefined : seal.failure(error),
    errors: errors === undefined ? undefined : seal.failures(errors),
  };
}

export function sealNode(seal: PayloadSeal, runId: string, write: NodeWrite): NodeWrite {
  const { output, error, attempts, reason, wait } = write;
  return {
    ...write,
    attempts: withMessages(attempts, (message) => seal.message(message)),
    output: output === undefined ? undefined : seal.value(output, outputOf(runId, write)),
    error: error === undefined ? undefined : seal.failure(error),
    reason: reason && withReason(reason, (text) => seal.text(text, SKIP_REASON)),
    wait: wait && withChildInput(wait, (input) => seal.value(input, childInputIn(runId))),
  };
}

export function openNode(opening: PayloadOpening, runId: string, node: StoredNode): StoredNode {
  const { output, error, attempts, reason, wait, reusedFrom = runId } = node;
  return {
    ...node,
    attempts: withMessages(attempts, (message) => opening.message(message)),
    output: output === undefined ? undefined : opening.value(output, outputOf(reusedFrom, node)),
    error: error === undefined ? undefined : opening.failure(error),
    reason: reason && withReason(reason, (text) => opening.text(text, SKIP_REASON)),
    wait: wait && withChildInput(wait, (input) => opening.value(input, childInputIn(runId))),
  };
}

export function openRun(opening: PayloadOpening, run: StoredRun): StoredRun {
  return {
    ...run,
    ...openEnd(opening, run),
    input: opening.value(run.input, inputOf(run.workflow)),
    errors: run.errors === undefined ? undefined : opening.failures(run.errors),
    nodes: run.nodes.map((node) => openNode(opening, run.id, node)),
  };
}

/** How a run ended. */
export function openEnd(
  opening: PayloadOpening,
  { id, output, error }: Pick<FinalRun, 'id' | 'output' | 'error'>,
): Pick<FinalRun, 'output' | 'error'> {
  return {
    output: output === undefined ? undefined : opening.value(output, runOutput(id)),
    error: error === undefined ? undefined : opening.failure(error),
  };
}

/** A run of which something stays sealed is not touched: it is to be given back as it is. */
export function openClaimed(seal: PayloadSeal, run: ClaimedRun): ClaimedRun {
  const opening = seal.opening();
  const input = opening.value(run.input, inputOf(run.workflow));
  const nodes = run.nodes.map((node) => openNode(opening, run.id, node));
  const { problem } = opening;
  return problem === undefined ? { ...run, input, nodes } : { ...run, sealed: { problem, token: seal.token } };
}

function withMessages(
  attempts: readonly RecordedAttempt[],
  change: (message: string) => string,
): readonly RecordedAttempt[] {
  if (attempts.length === 0) return attempts;
  return attempts.map((attempt) => {
    const { error } = attempt;
    return error === undefined ? attempt : { ...attempt, error: { ...error, message: change(error.message) } };
  });
}

export function withReason(reason: NodeReason, change: (text: string) => string): NodeReason {
  return reason.code === 'skipped-by-task' ? { ...reason, reason: change(reason.reason) } : reason;
}

export function withChildInput(wait: RecordedWait, change: (input: string) => string): RecordedWait {
  if (wait.kind !== 'child') return wait;
  return { ...wait, child: { ...wait.child, input: change(wait.child.input) } };
}
