import { isFinalNodeStatus } from '../../src/core/statuses';
import type { FlowGraph, FlowNode } from '../../src/graph/workflow-graph';
import type { Command, NodeChange, RunOutcome } from '../../src/planner/commands';
import { judgeEdge } from '../../src/planner/edge-table';
import { WHOLE } from '../../src/planner/events';
import type { CancelCause, NodeRef, PlannerEvent, RestoredNode } from '../../src/planner/events';
import { flowFailure, isQuiescent, nextDueAt } from '../../src/planner/planner-state';
import type { PlannerState } from '../../src/planner/planner-state';
import { createState, transition } from '../../src/planner/transition';
import { nameOf } from './scenario';

/** How a call behaves: it fails so often, then ends so; as a node that is mapped over it has so many elements. */
export interface CallScript {
  readonly failures: number;
  readonly end: 'completed' | 'failed' | 'skipped';
  readonly elements: number;
  /** Whether the method returns a wait first, where it ends well or with a failure. */
  readonly waits?: boolean | undefined;
}

/** A graph, and what each of its calls does. */
export interface Plan {
  readonly flow: FlowGraph;
  readonly script: (node: FlowNode, index: number) => CallScript;
}

/**
 * A run whose attempts end as scripted, in an order that its caller picks. It holds the planner to its protocol with every
 * command: no start before its edges allow it, no second end, no start by wind-down, one finish, with every node final.
 */
export class ScriptedRun {
  readonly state: PlannerState;
  readonly #pending: { readonly ref: NodeRef; kind: 'running' | 'aborting' | 'backing-off' | 'waiting' }[] = [];
  readonly #starts = new Map<string, number>();
  readonly #failures = new Map<string, number>();
  /** Every record in order, as a store would see them. */
  readonly records: RestoredNode[] = [];
  readonly #statuses = new Map<string, string>();
  /** Attempts in the order of their start, with the number of records that precede them. */
  readonly started: { readonly ref: NodeRef; readonly attempt: number; readonly after: number }[] = [];
  /** How many of them it began with. */
  restored = 0;
  outcome: RunOutcome | undefined;
  #isFlowOver = false;

  constructor(readonly plan: Plan) {
    this.state = createState(plan.flow);
  }

  get isOver(): boolean {
    return this.outcome !== undefined;
  }

  /** How many different things could happen next. */
  get choices(): number {
    return this.#pending.length;
  }

  /** Without the compensations. */
  statuses(): ReadonlyMap<string, string> {
    return new Map([...this.#statuses].filter(([name]) => !name.startsWith('undo-')));
  }

  begin(records: readonly RestoredNode[] = [], cancel?: CancelCause): this {
    for (const record of records) {
      this.#starts.set(nameOf(record), record.attempt);
      this.#failures.set(nameOf(record), record.failures ?? 0);
      if (isFinalNodeStatus(record.status)) this.#statuses.set(nameOf(record), record.status);
      this.records.push(record);
    }
    this.restored = records.length;
    this.#send({ type: 'begin', records, cancel });
    return this;
  }

  cancel(cause: CancelCause = 'cancel'): void {
    const wasOver = this.outcome;
    this.outcome = undefined;
    this.#send({ type: 'cancel', cause });
    // A refused finish may leave something to undo.
    if (this.#pending.length === 0) this.outcome ??= wasOver;
  }

  /** Lets the `pick`th thing happen. An aborting attempt heeds the abort when `heeds`. */
  step(pick: number, heeds = false): void {
    const at = pick % this.#pending.length;
    const [next] = this.#pending.splice(at, 1);
    if (next === undefined) throw new Error('nothing can happen');
    const { ref } = next;
    if (next.kind === 'backing-off') return this.#send({ type: 'due', ...ref });
    if (next.kind === 'aborting' && heeds) return this.#send({ type: 'aborted', ...ref });
    const { failures, end, elements, waits } = this.plan.script(ref.node, ref.index);
    const failed = this.#failures.get(nameOf(ref)) ?? 0;
    if (failed < failures && next.kind !== 'waiting') {
      this.#failures.set(nameOf(ref), failed + 1);
      this.#send({ type: 'failed', isRetryable: true, delayMs: 1 + failed, ...ref });
    } else if (waits === true && end !== 'skipped' && next.kind !== 'waiting') {
      this.#send({ type: 'waiting', endsInMs: undefined, ...ref });
    } else if (end === 'completed') this.#send({ type: 'completed', elements, ...ref });
    else if (end === 'failed') this.#send({ type: 'failed', isRetryable: false, delayMs: 0, ...ref });
    else this.#send({ type: 'skipped', reason: 'scripted', ...ref });
  }

  #send(event: PlannerEvent): void {
    const commands = transition(this.state, event, 0);
    const wasFlowOver = this.#isFlowOver;
    const recordsBefore = commands.filter((command) => command.type === 'record').length + this.records.length;
    for (const command of commands) this.#accept(command, recordsBefore, wasFlowOver);
    if (this.isOver) return;
    check(this.#pending.length > 0, 'a run that is not over waits for nothing');
    const backingOff = this.#pending.filter(({ kind }) => kind === 'backing-off').length;
    const waiting = this.#pending.filter(({ kind }) => kind === 'waiting').length;
    check(isQuiescent(this.state) === (backingOff + waiting === this.#pending.length), 'isQuiescent is wrong');
    check((nextDueAt(this.state) !== undefined) === backingOff > 0, 'nextDueAt is wrong');
  }

  #accept(command: Command, recordsBefore: number, wasFlowOver: boolean): void {
    check(!this.isOver, 'a command after finish');
    switch (command.type) {
      case 'record':
        return this.#record(command, command.change);
      case 'start': {
        const name = nameOf(command);
        this.#checkStart(command, wasFlowOver);
        check(command.attempt === (this.#starts.get(name) ?? 0) + 1, `attempts of ${name} do not count up`);
        this.#starts.set(name, command.attempt);
        this.started.push({ ref: command, attempt: command.attempt, after: recordsBefore });
        this.#pending.push({ ref: { node: command.node, index: command.index }, kind: 'running' });
        return;
      }
      case 'backoff':
        this.#pending.push({ ref: { node: command.node, index: command.index }, kind: 'backing-off' });
        return;
      case 'wait':
        this.#pending.push({ ref: { node: command.node, index: command.index }, kind: 'waiting' });
        return;
      case 'abort': {
        const running = this.#pending.find(({ ref }) => nameOf(ref) === nameOf(command));
        check(running?.kind === 'running', `abort of ${nameOf(command)}, which does not run`);
        if (running !== undefined) running.kind = 'aborting';
        return;
      }
      case 'finish': {
        const open = this.plan.flow.nodes.filter((node) => !this.#statuses.has(node.name));
        check(open.length === 0, `finish with ${open.map((node) => node.name).join()} open`);
        check(this.#pending.length === 0, 'finish while something runs');
        if (command.outcome.status !== 'COMPLETED') this.#checkUndone();
        this.outcome = command.outcome;
      }
    }
  }

  #record(ref: NodeRef, change: NodeChange): void {
    const name = nameOf(ref);
    check(!this.#statuses.has(name), `a second end of ${name}`);
    const failures = this.#failures.get(name) ?? 0;
    const elements = 'elements' in change ? change.elements : this.plan.script(ref.node, ref.index).elements;
    const { status } = change;
    const rest =
      status === 'WAITING'
        ? change.isWait === true
          ? { isWait: true }
          : { wakeAt: change.wakeAt }
        : status === 'RUNNING'
          ? {}
          : { reason: change.reason };
    this.records.push({ ...ref, status, attempt: this.#starts.get(name) ?? 0, failures, elements, ...rest });
    if (!isFinalNodeStatus(status)) return;
    this.#statuses.set(name, status);
    const waiting = this.#pending.findIndex((one) => nameOf(one.ref) === name);
    if (waiting >= 0) this.#pending.splice(waiting, 1);
    if (ref.node === this.plan.flow.flow) this.#isFlowOver = true;
  }

  /** Everything that COMPLETED and can be undone is. */
  #checkUndone(): void {
    for (const { name, undoes } of this.plan.flow.compensations.values()) {
      for (const [done, status] of this.#statuses) {
        if (done.replace(/\[.*/, '') !== undoes?.name || done.includes('[') !== undoes.mapped) continue;
        const undone = this.#statuses.get(done.replace(undoes.name, name));
        check((status === 'COMPLETED') === (undone !== undefined), `${done} is ${status}, its compensation ${undone}`);
      }
    }
  }

  /** Its task COMPLETED, all nodes are over, and so are the compensations of what depends on it. */
  #checkCompensation({ node, index }: NodeRef): void {
    const name = nameOf({ node, index });
    check(!this.#statuses.has(name), `start of ${name}, which is final`);
    const undoes = node.undoes as FlowNode;
    check(this.#statuses.get(nameOf({ node: undoes, index })) === 'COMPLETED', `start of ${name} for nothing`);
    check(
      this.plan.flow.nodes.every((one) => this.#statuses.has(one.name)),
      `start of ${name} before all nodes are over`,
    );
    const below = new Set(undoes.dependents.map((dependent) => dependent.node));
    for (const one of below) {
      for (const dependent of one.dependents) below.add(dependent.node);
      const running = this.#pending.filter(({ ref }) => ref.node === one.compensation);
      check(running.length === 0, `start of ${name} while ${running.length} compensations of "${one.name}" run`);
      const isDone = !one.mapped && this.#statuses.get(one.name) === 'COMPLETED' && one.compensation !== undefined;
      check(!isDone || this.#statuses.has(`undo-${one.name}`), `start of ${name} before that of "${one.name}"`);
    }
  }

  #checkStart({ node, index }: NodeRef, wasFlowOver: boolean): void {
    if (node.undoes !== undefined) return this.#checkCompensation({ node, index });
    const name = nameOf({ node, index });
    check(!this.#statuses.has(name), `start of ${name}, which is final`);
    check(!this.#pending.some(({ ref }) => nameOf(ref) === name), `a second start of ${name}`);
    check(node.mapped === (index !== WHOLE), `${name} is started by the wrong index`);
    const most = node.edges[node.eachEdge]?.maxConcurrency ?? Infinity;
    const begun = this.#pending.filter(({ ref }) => ref.node === node).length;
    check(begun < most, `start of ${name} beside ${begun} others`);
    const isHandler = node.handler && node.kind !== 'flow';
    const isWoundDown = this.plan.flow.onFailure === 'stop' && (wasFlowOver || this.#isFlowOver);
    check(!isWoundDown || isHandler, `start of ${name} in wind-down`);
    check(this.state.cancel === undefined || node.always, `start of ${name} after a cancel`);
    for (const edge of node.edges) {
      const status = this.#statuses.get(edge.from);
      const isFailedFlow =
        edge.upstream.kind === 'flow' && status === 'SKIPPED' && flowFailure(this.state) !== undefined;
      const seen = isFailedFlow ? 'FAILED' : status;
      const isMet = seen !== undefined && judgeEdge(node, edge, seen as 'COMPLETED') === 'met';
      check(isMet, `start of ${name} though ${edge.rule}(${edge.from}) is not met`);
    }
  }
}

export function check(holds: boolean, problem: string): void {
  if (!holds) throw new Error(problem);
}
