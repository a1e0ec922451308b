import type { NodeReason } from '../../src/core/reasons';
import { findNode } from '../../src/graph/find-node';
import type { FlowGraph, FlowNode } from '../../src/graph/workflow-graph';
import type { Command, FailureCause, NodeChange, RunOutcome } from '../../src/planner/commands';
import { WHOLE } from '../../src/planner/events';
import type { CancelCause, NodeRef, PlannerEvent, RestoredNode } from '../../src/planner/events';
import type { PlannerState } from '../../src/planner/planner-state';
import { createState, transition } from '../../src/planner/transition';

/** A run told event by event, whose commands read as lines: `start a`, `a COMPLETED`, `finish FAILED by a`. */
export class Scenario {
  readonly state: PlannerState;
  now = 1_000;

  constructor(readonly flow: FlowGraph) {
    this.state = createState(flow);
  }

  begin(records: readonly RestoredNode[] = [], cancel?: CancelCause): string[] {
    return this.send({ type: 'begin', records, cancel });
  }

  /** `target` is `'a'`, or `'m[2]'` for an instance. */
  complete(target: string, elements?: number): string[] {
    return this.send({ type: 'completed', elements, ...this.ref(target) });
  }

  fail(target: string, { isRetryable = true, delayMs = 100 } = {}): string[] {
    return this.send({ type: 'failed', isRetryable, delayMs, ...this.ref(target) });
  }

  skip(target: string, reason = 'no need'): string[] {
    return this.send({ type: 'skipped', reason, ...this.ref(target) });
  }

  abort(target: string): string[] {
    return this.send({ type: 'aborted', ...this.ref(target) });
  }

  due(target: string): string[] {
    return this.send({ type: 'due', ...this.ref(target) });
  }

  cancel(cause: CancelCause = 'cancel'): string[] {
    return this.send({ type: 'cancel', cause });
  }

  send(event: PlannerEvent): string[] {
    return transition(this.state, event, this.now).map(describe);
  }

  node(name: string): FlowNode {
    return findNode(this.flow, name) as FlowNode;
  }

  ref(target: string): NodeRef {
    const match = /^(.+)\[(\d+)\]$/.exec(target);
    if (match === null) return { node: this.node(target), index: WHOLE };
    return { node: this.node(match[1] as string), index: Number(match[2]) };
  }

  /** A record to begin with. */
  record(target: string, status: RestoredNode['status'], rest: Partial<RestoredNode> = {}): RestoredNode {
    return { ...this.ref(target), status, attempt: 1, ...rest };
  }
}

export function nameOf({ node, index }: NodeRef): string {
  return index === WHOLE ? node.name : `${node.name}[${index}]`;
}

export function describe(command: Command): string {
  switch (command.type) {
    case 'record':
      return `${nameOf(command)} ${describeChange(command.change)}`;
    case 'start': {
      const attempt = command.attempt === 1 ? '' : ` #${command.attempt}`;
      const left = command.totalTimeLeftMs === undefined ? '' : ` left ${command.totalTimeLeftMs}`;
      return `start ${nameOf(command)}${attempt}${left}`;
    }
    case 'backoff':
      return `backoff ${nameOf(command)} until ${command.at} (${command.delayMs})`;
    case 'wait':
      return `wait ${nameOf(command)} until ${command.at}`;
    case 'abort':
      return `abort ${nameOf(command)} (${command.cause})`;
    case 'finish':
      return describeOutcome(command.outcome);
  }
}

function describeChange(change: NodeChange): string {
  if (change.status === 'WAITING' && change.isWait === true) return `WAITING for ${change.endsInMs}`;
  if (change.status === 'WAITING') return `WAITING until ${change.wakeAt} (${change.delayMs})`;
  const elements = change.elements === undefined ? '' : ` of ${change.elements}`;
  if (change.status === 'RUNNING') return `RUNNING${elements}`;
  const reason = change.reason === undefined ? '' : ` (${describeReason(change.reason)})`;
  return `${change.status}${elements}${reason}${change.totalTimedOut === true ? ' totalTimedOut' : ''}`;
}

function describeReason(reason: NodeReason): string {
  switch (reason.code) {
    case 'edge-unmet':
      return `${reason.rule} ${reason.from} ${reason.upstream}`;
    case 'skipped-by-task':
      return `skip: ${reason.reason}`;
    case 'upstream-cancelled':
      return `upstream ${reason.from}`;
    default:
      return reason.code;
  }
}

function describeOutcome(outcome: RunOutcome): string {
  const errors = outcome.errors.length === 0 ? '' : `; errors ${outcome.errors.map(nameOf).join(' ')}`;
  if (outcome.status !== 'FAILED') return `finish ${outcome.status}${errors}`;
  return `finish FAILED${describeCause(outcome.cause)}${errors}`;
}

function describeCause(cause: FailureCause): string {
  switch (cause.kind) {
    case 'deadline':
      return ' by deadline';
    case 'node':
      return ` by ${nameOf(cause)}`;
    case 'flow-skipped':
      return `: flow skipped by ${cause.node.name} (${describeReason(cause.reason)})`;
    case 'compensation': {
      const first = cause.first.kind === 'cancel' ? ' by cancel' : describeCause(cause.first);
      return ` by compensations ${cause.failed.map(nameOf).join(' ')}, after${first}`;
    }
  }
}
