import type { DependencyContainer } from 'tsyringe';
import type { Clock } from '../core/clock';
import { decode } from '../core/codec/decode';
import { encode } from '../core/codec/encode';
import { ArgumentError } from '../core/errors/definition-error';
import type { TypeflowLogger } from '../core/logger';
import type { TaskContext } from '../core/task-context';
import type { WaitRequest } from '../core/wait';
import { definitionOf } from '../decorators/definition-of';
import type { WorkflowRef } from '../decorators/workflow-types';
import { childAdapter } from '../di/child-adapter';
import type { ContainerAdapter } from '../di/container-adapter';
import { isPending, methodOf } from '../di/resolved-instance';
import type { AttemptRequest } from '../execution/attempt-request';
import { runAttempt } from '../execution/run-attempt';
import { DefinitionRegistry } from '../runner/definition-registry';
import type { CallDesk } from './call-desk';

const MAX_VALUE_BYTES = 4 * 1024 * 1024;

/** What a single call finds in its context; what is left out has a value that does no harm. */
export interface TaskCallContext {
  /** The run's input. Default: the first value of a task without dependencies, otherwise `undefined`. */
  readonly input?: unknown;
  /** Default 1. */
  readonly attempt?: number;
  /** Of an instance of a mapped task. */
  readonly index?: number;
  /** Default `'00000000-0000-7000-8000-000000000000'`. */
  readonly runId?: string;
}

/** A call that returned a wait, or skipped: it has no value. */
export class TaskWithoutValueError extends Error {
  override readonly name = 'TaskWithoutValueError';
  /** What the task asked to wait for. */
  readonly wait: WaitRequest | undefined;
  /** What it gave to `ctx.skip`. */
  readonly skipped: string | undefined;

  constructor(task: string, { wait, skipped }: { readonly wait?: WaitRequest; readonly skipped?: string }) {
    super(
      wait === undefined ? `"${task}" skipped: ${skipped}` : `"${task}" returned a wait (${wait.kind}), and no value`,
    );
    this.wait = wait;
    this.skipped = skipped;
  }
}

export interface TaskCallParts {
  readonly container: DependencyContainer | ContainerAdapter | undefined;
  readonly clock: Clock;
  readonly logger: TypeflowLogger;
  readonly desk: CallDesk;
}

/** `{ context }` may come last. */
function split(args: readonly unknown[]): { readonly values: readonly unknown[]; readonly context: TaskCallContext } {
  const last = args.at(-1);
  const isOptions = isObject(last) && Object.keys(last).join() === 'context' && isObject(last['context']);
  if (!isOptions) return { values: args, context: {} };
  return { values: args.slice(0, -1), context: (last as { readonly context: TaskCallContext }).context };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** One call of one method, through the same doors as in a run: values pass the codec, overrides answer, calls are written down. */
export async function runTask(
  { container, clock, logger, desk }: TaskCallParts,
  workflow: WorkflowRef,
  task: string,
  args: readonly unknown[],
): Promise<unknown> {
  const { values, context } = split(args);
  const { input, attempt = 1, index = -1, runId = '00000000-0000-7000-8000-000000000000' } = context;
  const definition = definitionOf(workflow);
  const { graph } = definition;
  const flows = [...graph.flows.values()];
  const node = flows
    .map((flow) => flow.byName.get(task) ?? flow.compensations.get(task))
    .find((one) => one !== undefined);
  if (node === undefined) throw new ArgumentError(`runTask: no flow of ${graph.name} has a node "${task}"`);
  const through = (value: unknown): unknown =>
    decode(encode(value, { what: 'a value for runTask', maxBytes: MAX_VALUE_BYTES }));
  const given = input === undefined && node.edges.length === 0 && node.undoes === undefined ? values[0] : input;
  const scope = definition.target && childAdapter(container).createScope();
  try {
    const call = (context: TaskContext): unknown => {
      const passed = [...values.map(through), context];
      return desk.intercept({ workflow: graph.name, runId, task, index, attempt, args: passed }, () => {
        if (definition.target === undefined || scope === undefined) {
          return (definition.functions?.get(task) as (...args: unknown[]) => unknown)(...passed);
        }
        const { target } = definition;
        const resolved = scope.resolve(target);
        const callOn = (instance: object): unknown => methodOf(instance, target, task).apply(instance, passed);
        return isPending(resolved, target) ? resolved.then(callOn) : callOn(resolved);
      });
    };
    const request: AttemptRequest = {
      workflow: graph.name,
      runId,
      node,
      index,
      attempt,
      failures: attempt - 1,
      idempotencyKey: `${runId}:${task}${index < 0 ? '' : `:${index}`}`,
      input: encode(given, { what: 'the input for runTask', maxBytes: MAX_VALUE_BYTES }),
      environment: {
        clock,
        isSystemClock: false,
        logger,
        random: () => 0.5,
        flowOf: (other, flow) =>
          new DefinitionRegistry([other as WorkflowRef]).requireFlow(definitionOf(other as WorkflowRef), flow),
        maxValueBytes: MAX_VALUE_BYTES,
      },
    };
    const { result } = runAttempt(request, { call });
    const answer = await result;
    if (answer.kind === 'completed') return decode(answer.value);
    if (answer.kind === 'failed') throw answer.error;
    throw new TaskWithoutValueError(
      task,
      answer.kind === 'waiting' ? { wait: answer.request } : { skipped: answer.reason },
    );
  } finally {
    await scope?.dispose();
  }
}
