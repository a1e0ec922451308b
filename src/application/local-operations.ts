import { randomUUID } from 'node:crypto';
import { ArgumentError } from '../core/errors/definition-error';
import { UuidV7Generator } from '../core/ids';
import type { ListOptions } from '../runner/list-runs';
import type { RunHandle } from '../runner/run-handle';
import type { RunRecord } from '../runner/run-record';
import type { ScheduleRecord } from '../runner/schedules/runner-schedules';
import type { StartOptions } from '../runner/start-options';
import type { WorkflowRunner } from '../runner/workflow-runner';
import { packageVersion } from './package-version';
import { changeMany } from './bulk';
import { toDefinitionView, toPlanView } from './definition-views';
import { executeRun } from './execute-run';
import type { CreateRun, ExecuteRun, ForkRun, Operations, Page, RunFilter, SetSchedule } from './operations';
import { showing } from './redaction';
import type { Redaction, ShowValue } from './redaction';
import { findFlow, findWorkflow, requireRun } from './run-lookup';
import { compact, instant, toEventView, toLogLineView, toRunDetailView, toRunView } from './run-views';
import { toJson } from './to-json';
import type * as views from './views';

export interface OperationsOptions {
  /** What is not shown of inputs, outputs and log fields. Default: all is shown. */
  readonly redact?: Redaction;
}

/** Operations over a runner of this process. Closing them closes the runner. */
export function createOperations(runner: WorkflowRunner, options: OperationsOptions = {}): Operations {
  return new LocalOperations(runner, showing(options.redact));
}

class LocalOperations implements Operations {
  readonly #runner: WorkflowRunner;
  readonly #show: ShowValue;
  readonly #ids = new UuidV7Generator();

  constructor(runner: WorkflowRunner, show: ShowValue) {
    this.#runner = runner;
    this.#show = show;
  }

  async definitions(): Promise<readonly views.DefinitionView[]> {
    return this.#runner.workflows.map(toDefinitionView);
  }

  async plan(params: { readonly workflow: string; readonly flow?: string }): Promise<views.PlanView> {
    const definition = findWorkflow(this.#runner, params.workflow);
    return toPlanView(this.#runner.plan(definition, findFlow(definition, params.flow)));
  }

  async list(filter: RunFilter, page: Page): Promise<views.RunPageView> {
    const { items, cursor } = await this.#runner.list({ ...toListOptions(filter), ...page });
    return compact({ items: items.map((run) => toRunView(run, this.#show)), cursor }) as views.RunPageView;
  }

  async get(runId: string): Promise<views.RunDetailView> {
    return toRunDetailView(await requireRun(this.#runner, runId), this.#show);
  }

  async create(params: CreateRun): Promise<views.RunView & { readonly isNew: boolean }> {
    const definition = findWorkflow(this.#runner, params.workflow, params.version);
    const id = this.#ids.next(Date.now(), randomUUID());
    const handle = params.start
      ? await this.#start(definition, params, id)
      : await this.#runner.hold(definition, { ...heldOptions(params), id });
    const run = await requireRun(this.#runner, handle.id);
    return { ...toRunView(run, this.#show), isNew: handle.id === id };
  }

  #start(definition: ReturnType<typeof findWorkflow>, params: CreateRun, id: string): Promise<RunHandle<unknown>> {
    const { delay, startAt, deadline } = params;
    const options: StartOptions = {
      ...commonOptions(params),
      id,
      ...(delay !== undefined && { delay: delay as `${number}s` }),
      ...(startAt !== undefined && { startAt: dateOf('startAt', startAt) }),
      ...(deadline !== undefined && { deadline: deadline as `${number}s` }),
    };
    return this.#runner.start(definition, findFlow(definition, params.flow), params.input, options);
  }

  async execute(runId: string, params: ExecuteRun): Promise<views.ExecutedView> {
    const { outcome, run } = await executeRun(this.#runner, runId, params);
    return { outcome, run: toRunView(run, this.#show) };
  }

  async cancel(runId: string, { reason }: { readonly reason?: string }): Promise<{ readonly isAccepted: boolean }> {
    return { isAccepted: await this.#runner.cancel(runId, reason) };
  }

  async retry(
    runId: string,
    params: { readonly from?: string; readonly compensations?: boolean },
  ): Promise<views.RunRefView> {
    return toRef(await this.#runner.retry(runId, params));
  }

  async fork(runId: string, { from, index, input, version, idempotencyKey }: ForkRun): Promise<views.ForkView> {
    if (from === undefined && index !== undefined) {
      throw new ArgumentError('fork.index needs fork.from: the mapped task whose element is to run again');
    }
    const handle = await this.#runner.fork(runId, {
      ...(from !== undefined && { from: index === undefined ? from : { task: from, index } }),
      ...(input !== undefined && { input }),
      ...(version !== undefined && { version }),
      ...(idempotencyKey !== undefined && { idempotencyKey }),
    });
    return compact({ ...toRef(handle), reused: handle.reused, note: handle.note }) as views.ForkView;
  }

  async signal(
    runId: string,
    name: string,
    { payload, id }: { readonly payload?: unknown; readonly id?: string },
  ): Promise<void> {
    await this.#runner.signal(runId, name, payload, id === undefined ? {} : { id });
  }

  async explain(runId: string, task?: string): Promise<views.ExplanationView> {
    const explanation = await this.#runner.explain(runId, task);
    const { reason, flow, ...run } = explanation.run;
    return {
      run: { ...run, ...(flow !== '' && { flow }), reason: toJson(reason) },
      nodes: explanation.nodes.map((node) => ({ ...node, reason: toJson(node.reason) })),
      text: String(explanation),
    };
  }

  async *events(
    runId: string,
    params: { readonly after?: string; readonly signal?: AbortSignal },
  ): AsyncGenerator<views.EventView, void, void> {
    const { workflow } = await requireRun(this.#runner, runId);
    for await (const event of this.#runner.events(runId, params)) yield toEventView(event, workflow, this.#show);
  }

  async logs(runId: string): Promise<readonly views.LogLineView[]> {
    const { workflow } = await requireRun(this.#runner, runId);
    return (await this.#runner.logs(runId)).map((line) => toLogLineView(line, workflow, this.#show));
  }

  async cancelMany(
    filter: RunFilter,
    { dryRun, reason }: { readonly dryRun: boolean; readonly reason?: string },
  ): Promise<views.BulkView> {
    const status = within(filter.status, ['PENDING', 'RUNNING', 'WAITING'], 'cancel');
    // Until a worker has carried it out, a run that is to be cancelled is found like any other.
    const change = async ({ id, isCancelRequested }: RunRecord): Promise<boolean> =>
      !isCancelRequested && (await this.#runner.cancel(id, reason));
    return changeMany(this.#runner, { verb: 'cancel', filter: toListOptions({ ...filter, status }), dryRun, change });
  }

  async retryMany(filter: RunFilter, { dryRun }: { readonly dryRun: boolean }): Promise<views.BulkView> {
    const status = within(filter.status, ['FAILED', 'CANCELLED'], 'retry');
    const change = async ({ id }: RunRecord): Promise<boolean> => Boolean(await this.#runner.retry(id));
    return changeMany(this.#runner, { verb: 'retry', filter: toListOptions({ ...filter, status }), dryRun, change });
  }

  async schedules(): Promise<readonly views.ScheduleView[]> {
    return (await this.#runner.schedules.list()).map((one) => this.#toScheduleView(one));
  }

  async setSchedule(name: string, params: SetSchedule): Promise<views.ScheduleView> {
    const { workflow, flow, ...options } = params;
    return this.#toScheduleView(
      await this.#runner.schedules.set(name, findWorkflow(this.#runner, workflow), flow, options),
    );
  }

  pauseSchedule(name: string): Promise<void> {
    return this.#runner.schedules.pause(name);
  }

  resumeSchedule(name: string): Promise<void> {
    return this.#runner.schedules.resume(name);
  }

  async triggerSchedule(name: string): Promise<views.RunRefView> {
    return toRef(await this.#runner.schedules.trigger(name));
  }

  async removeSchedule(name: string): Promise<{ readonly isRemoved: boolean }> {
    return { isRemoved: await this.#runner.schedules.remove(name) };
  }

  async workers(): Promise<readonly views.WorkerView[]> {
    const workers = await this.#runner.workers();
    return workers.map((worker) => ({
      ...worker,
      registeredAt: worker.registeredAt.toISOString(),
      seenAt: worker.seenAt.toISOString(),
    }));
  }

  async queues(): Promise<readonly views.QueueView[]> {
    const queues = await this.#runner.queues();
    return queues.map((queue) => compact({ ...queue, oldestDueAt: instant(queue.oldestDueAt) }) as views.QueueView);
  }

  /** Ready: the database answers, and the worker, where there is one, reaches it. */
  async health(): Promise<views.HealthView> {
    const { health: worker, store } = this.#runner;
    const answers = await this.#runner.list({ limit: 1 }).then(
      () => true,
      () => false,
    );
    const { lastError: _, disconnectedSince, ...shown } = worker ?? {};
    const common = { isReady: answers && worker?.isConnected !== false, version: packageVersion(), store };
    if (worker === undefined) return common;
    return {
      ...common,
      worker: compact({ ...shown, disconnectedSince: instant(disconnectedSince) }) as NonNullable<
        views.HealthView['worker']
      >,
    };
  }

  async cleanup({ olderThan, ...rest }: Parameters<Operations['cleanup']>[0]): Promise<views.CleanupView> {
    return this.#runner.cleanup({ olderThan: olderThan as `${number}s`, ...rest });
  }

  close(): Promise<void> {
    return this.#runner.close();
  }

  #toScheduleView(schedule: ScheduleRecord): views.ScheduleView {
    const { input, pausedAt, nextAt, lastAt, ...rest } = schedule;
    return compact({
      ...rest,
      input: this.#show(input, { kind: 'schedule', workflow: schedule.workflow }),
      pausedAt: instant(pausedAt),
      nextAt: instant(nextAt),
      lastAt: instant(lastAt),
    }) as views.ScheduleView;
  }
}

function toRef({ id, workflow, flow }: RunHandle<unknown>): views.RunRefView {
  return { id, workflow, ...(flow !== '' && { flow }) };
}

function commonOptions({ idempotencyKey, queue, priority, tags }: CreateRun) {
  return {
    ...(idempotencyKey !== undefined && { idempotencyKey }),
    ...(queue !== undefined && { queue }),
    ...(priority !== undefined && { priority }),
    ...(tags !== undefined && { tags }),
  };
}

function heldOptions(params: CreateRun) {
  for (const name of ['delay', 'startAt', 'deadline'] as const) {
    if (params[name] === undefined) continue;
    throw new ArgumentError(`${name} is for runs that start by themselves: give start: true, or leave it out`);
  }
  const { flow, input } = params;
  return {
    ...commonOptions(params),
    ...(flow !== undefined && { flow }),
    ...(input !== undefined && { input }),
  };
}

function toListOptions({ createdAfter, createdBefore, ...filter }: RunFilter): ListOptions {
  return {
    ...filter,
    ...(createdAfter !== undefined && { createdAfter: dateOf('createdAfter', createdAfter) }),
    ...(createdBefore !== undefined && { createdBefore: dateOf('createdBefore', createdBefore) }),
  };
}

function dateOf(name: string, text: string): Date {
  const date = new Date(text);
  if (!Number.isNaN(date.getTime())) return date;
  throw new ArgumentError(`${name} must be an instant such as 2026-01-31T12:00:00Z, got ${JSON.stringify(text)}`);
}

/** The statuses that a bulk action can be applied to, narrowed to those that were asked for. */
function within<Status extends string>(
  asked: readonly Status[] | undefined,
  possible: readonly Status[],
  verb: string,
): readonly Status[] {
  const wrong = asked?.find((status) => !possible.includes(status));
  if (wrong === undefined) return asked ?? possible;
  throw new ArgumentError(`${verb} of many runs takes those that are ${possible.join(', ')}, got ${wrong}`);
}
