import type {
  CreateRun,
  ExecuteRun,
  ForkRun,
  Operations,
  Page,
  RunFilter,
  SetSchedule,
} from '../../application/operations';
import type * as views from '../../application/views';
import { followEvents } from './follow-events';
import type { FollowParams } from './follow-events';
import { ServiceClient } from './service-client';
import type { ServiceAddress, ServiceRequest } from './service-client';

/** How much longer than the run a request may take that waits for it. */
const WAIT_MARGIN_MS = 15_000;

/** What the answers of several operations have. */
const RUN = ['id', 'workflow', 'status'];
const RUN_DETAIL = [...RUN, 'nodes'];
const RUN_REF = ['id', 'workflow'];

/** What is done to many runs takes long, and goes on when nobody waits for it any more. */
const LONG = { timeoutMs: 600_000 };
const MANY = { ...LONG, has: ['matched', 'changed', 'failures'] };

/** Operations through a service: each is one request, and its errors have the codes that they have against a database. */
export class RemoteOperations implements Operations {
  readonly #client: ServiceClient;

  constructor(address: ServiceAddress) {
    this.#client = new ServiceClient(address);
  }

  definitions(): Promise<readonly views.DefinitionView[]> {
    return this.#items('/definitions');
  }

  plan({ workflow, flow }: { readonly workflow: string; readonly flow?: string }): Promise<views.PlanView> {
    return this.#get(`/definitions/${encodeURIComponent(workflow)}/plan`, ['text', 'notes'], { flow });
  }

  list(filter: RunFilter, page: Page): Promise<views.RunPageView> {
    return this.#get('/workflows', ['items'], { ...toQuery(filter), ...page });
  }

  get(runId: string): Promise<views.RunDetailView> {
    return this.#get(pathOf(runId), RUN_DETAIL);
  }

  async create(params: CreateRun): Promise<views.RunView & { readonly isNew: boolean }> {
    const { workflow, idempotencyKey, ...rest } = params;
    const headers = idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey };
    const { status, body } = await this.#client.request('/workflows', {
      method: 'POST',
      headers,
      body: { name: workflow, ...rest },
      has: RUN,
    });
    return { ...(body as views.RunView), isNew: status === 201 };
  }

  async execute(runId: string, { waitMs = 0, signal, ...rest }: ExecuteRun): Promise<views.ExecutedView> {
    const { status, body } = await this.#client.request(`${pathOf(runId)}/execute`, {
      method: 'POST',
      body: { ...rest, ...(waitMs > 0 && { wait: waitMs }) },
      signal,
      timeoutMs: waitMs + WAIT_MARGIN_MS,
      has: RUN,
    });
    const outcome = status === 201 ? 'forked' : status === 202 ? 'started' : 'finished';
    return { outcome, run: body as views.RunView };
  }

  cancel(runId: string, params: { readonly reason?: string }): Promise<{ readonly isAccepted: boolean }> {
    return this.#post(`${pathOf(runId)}/cancel`, params, { has: ['isAccepted'] });
  }

  retry(
    runId: string,
    params: { readonly from?: string; readonly compensations?: boolean },
  ): Promise<views.RunRefView> {
    return this.#post(`${pathOf(runId)}/retry`, params, { has: RUN_REF });
  }

  fork(runId: string, { idempotencyKey, ...rest }: ForkRun): Promise<views.ForkView> {
    const headers = idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey };
    return this.#post(`${pathOf(runId)}/fork`, rest, { headers, has: ['id', 'reused'] });
  }

  async signal(
    runId: string,
    name: string,
    params: { readonly payload?: unknown; readonly id?: string },
  ): Promise<void> {
    await this.#post(`${pathOf(runId)}/signal/${encodeURIComponent(name)}`, params);
  }

  explain(runId: string, task?: string): Promise<views.ExplanationView> {
    return this.#get(`${pathOf(runId)}/explain`, ['run', 'nodes', 'text'], { task });
  }

  events(runId: string, params: FollowParams): AsyncIterable<views.EventView> {
    return followEvents(this.#client, `${pathOf(runId)}/events`, params);
  }

  logs(runId: string): Promise<readonly views.LogLineView[]> {
    return this.#items(`${pathOf(runId)}/logs`);
  }

  cancelMany(
    filter: RunFilter,
    params: { readonly dryRun: boolean; readonly reason?: string },
  ): Promise<views.BulkView> {
    return this.#post('/workflows/cancel', { filter, ...params }, MANY);
  }

  retryMany(filter: RunFilter, params: { readonly dryRun: boolean }): Promise<views.BulkView> {
    return this.#post('/workflows/retry', { filter, ...params }, MANY);
  }

  schedules(): Promise<readonly views.ScheduleView[]> {
    return this.#items('/schedules');
  }

  setSchedule(name: string, params: SetSchedule): Promise<views.ScheduleView> {
    return this.#request(scheduleOf(name), { method: 'PUT', body: params, has: ['name', 'cron'] });
  }

  async pauseSchedule(name: string): Promise<void> {
    await this.#post(`${scheduleOf(name)}/pause`);
  }

  async resumeSchedule(name: string): Promise<void> {
    await this.#post(`${scheduleOf(name)}/resume`);
  }

  triggerSchedule(name: string): Promise<views.RunRefView> {
    return this.#post(`${scheduleOf(name)}/trigger`, {}, { has: RUN_REF });
  }

  removeSchedule(name: string): Promise<{ readonly isRemoved: boolean }> {
    return this.#request(scheduleOf(name), { method: 'DELETE', has: ['isRemoved'] });
  }

  workers(): Promise<readonly views.WorkerView[]> {
    return this.#items('/workers');
  }

  queues(): Promise<readonly views.QueueView[]> {
    return this.#items('/queues');
  }

  health(): Promise<views.HealthView> {
    // One that is not ready says how it stands, too.
    return this.#request('/ready', { also: 503, has: ['isReady'] });
  }

  cleanup({ signal, ...params }: Parameters<Operations['cleanup']>[0]): Promise<views.CleanupView> {
    return this.#post('/workflows/cleanup', params, { ...LONG, signal, has: ['deleted', 'isComplete'] });
  }

  async close(): Promise<void> {}

  #get<T>(path: string, has: readonly string[], query: NonNullable<ServiceRequest['query']> = {}): Promise<T> {
    return this.#request(path, { query, has });
  }

  async #items<T>(path: string): Promise<readonly T[]> {
    return (await this.#get<{ readonly items: readonly T[] }>(path, ['items'])).items;
  }

  #post<T>(path: string, body: unknown = {}, more: ServiceRequest = {}): Promise<T> {
    return this.#request(path, { ...more, method: 'POST', body });
  }

  /** The service's schemas say what it answers with; that it is such a service is seen by what the answer has. */
  async #request<T>(path: string, request: ServiceRequest): Promise<T> {
    return (await this.#client.request(path, request)).body as T;
  }
}

const pathOf = (runId: string): string => `/workflows/${encodeURIComponent(runId)}`;

const scheduleOf = (name: string): string => `/schedules/${encodeURIComponent(name)}`;

function toQuery({ tags, ...filter }: RunFilter): NonNullable<ServiceRequest['query']> {
  return { ...filter, ...(tags !== undefined && { tag: tags }) };
}
