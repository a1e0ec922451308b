import type { FlowGraph } from '../graph/workflow-graph';
import type { NodeRef } from '../planner/events';
import type { CallOffer } from '../store/dispatch';
import type { ClaimedRun } from '../store/worker-lease';
import { idempotencyKey } from './call-key';
import type { SafeRun } from '../telemetry/safe-telemetry';
import type { StartCommand } from './node-call';
import type { RunRecorder } from './run-recorder';

export interface OfferSource {
  readonly run: ClaimedRun;
  readonly flow: FlowGraph;
  readonly recorder: RunRecorder;
  readonly observer: SafeRun | undefined;
  /** Whose failure a flow that was SKIPPED ended with. */
  readonly flowFailure: () => NodeRef | undefined;
}

/** What another worker is told of an attempt. Its arguments are not sent: it reads the records of what they are made of. */
export function callOffer({ node, index, attempt }: StartCommand, source: OfferSource): CallOffer {
  const { run, flow, recorder, observer, flowFailure } = source;
  const history = recorder.history(node, index);
  const decisive = node.edges.some(({ upstream }) => upstream === flow.flow) ? flowFailure() : undefined;
  const upstream = node.undoes === undefined ? node.edges.map(({ from }) => from) : [node.undoes.name];
  return {
    node: node.name,
    index,
    attempt,
    queue: node.options.queue as string, // whoever has none is called by its owner
    shape: node.shape,
    needs: [...new Set(decisive === undefined ? upstream : [...upstream, decisive.node.name])],
    failures: history.failures,
    trace: observer?.offered({ task: node.name, kind: node.kind, index, attempt, failures: history.failures }),
    firstStartedAt: history.startedAt,
    idempotencyKey: idempotencyKey(run.id, { node, index }, history.resetIn),
    decisive: decisive && { node: decisive.node.name, index: decisive.index },
  };
}
