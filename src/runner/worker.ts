import type { Timer } from '../core/clock';
import { LeaseLostError } from '../core/errors/task-errors';
import type { ClaimedRun, OwnedRun, PollResult } from '../store/worker-lease';
import { Admission } from './admission';
import type { ExecutionEnd, ExecutionHost, RunNews } from './execution-host';
import { AgeShare } from './age-share';
import { compatibility } from './change/compatibility';
import { DatabaseHealth } from './database-health';
import { DispatchedCalls } from './dispatched-calls';
import { FlushTurn } from './flush-turn';
import { FleetSlots } from './fleet-slots';
import { GiveBack } from './give-back';
import { HintedPolls } from './hinted-polls';
import { Membership } from './membership';
import { OwnedLook } from './owned-look';
import { PollLoop } from './poll-loop';
import { RunExecution } from './run-execution';
import { TaskSlots } from './task-slots';
import type { WorkerHealth } from './worker-health';
import type { WorkerParams } from './worker-params';
import { within } from './within';

const UNHEARD: RunNews = { claimed: () => undefined, recorded: () => undefined };

/** How long a closing worker tries to give back what did not end, ms: what it does not succeed in, the end of its lease does. */
const GIVE_BACK_MS = 5_000;

/**
 * Claims runs and executes them. One poll at a time does everything that needs the database's attention: it renews the lease,
 * learns of cancels and of lost runs, and claims due runs for the places that are free. Hints of other processes make a poll come
 * earlier, and mean nothing more. Between polls, a run that its own process starts is adopted without a claim.
 *
 * Modes: made → (`start`: polling) → (`close`: draining → closed). A failing database changes no mode: polls are repeated with a growing,
 * jittered delay, and only the end of the lease, by this process's own monotonic clock, makes it abandon its runs.
 */
export class Worker {
  readonly #params: WorkerParams;
  readonly #host: ExecutionHost;
  readonly #membership: Membership;
  readonly #slots: TaskSlots;
  readonly #fleet: FleetSlots;
  readonly #executions = new Map<string, RunExecution>();
  readonly #dispatched: DispatchedCalls;
  readonly #giveBack: GiveBack;
  readonly #hinted: HintedPolls;
  readonly #database: DatabaseHealth;
  readonly #polls: PollLoop;
  /** Places kept for runs that this process is just creating as its own. */
  #reserved = 0;
  #reportTimer: Timer | undefined;
  readonly #ageShare = new AgeShare();
  readonly #ownedLook: OwnedLook;
  #zombies = 0;
  #unsubscribe: (() => void) | undefined;
  #mode: 'made' | 'polling' | 'draining' | 'closed' = 'made';

  constructor(params: WorkerParams) {
    this.#params = params;
    const { store, registry, container, environment, logger, settings } = params;
    this.#slots = new TaskSlots(settings.tasks);
    this.#giveBack = new GiveBack(store, logger);
    this.#ownedLook = new OwnedLook(settings.pollMs / 2);
    this.#membership = new Membership(params, { onLapsed: () => this.#abandonAll() });
    this.#database = new DatabaseHealth(() => environment.clock.now());
    this.#polls = new PollLoop({
      clock: environment.clock,
      // A server may close all connections at once, and nothing but this timer keeps the process alive until it is back.
      isBackground: store.kind !== 'postgres',
      poll: () => this.#poll(),
    });
    this.#hinted = new HintedPolls({
      clock: environment.clock,
      random: environment.random,
      queues: settings.queues,
      workerId: () => this.id,
      hasRoom: () => this.#room > 0 || this.#dispatched.hasRoom,
      poll: () => this.nudge(),
    });
    this.#fleet = new FleetSlots({
      store,
      environment,
      workerId: () => this.id,
      onDead: () => this.nudge(),
    });
    this.#host = {
      store,
      container,
      environment,
      logger,
      flushTurn: new FlushTurn(),
      admission: new Admission(this.#slots, this.#fleet, new TaskSlots(store.transactions?.limit ?? 0)),
      transactions: store.transactions,
      queueLimits: settings.queueLimits,
      carefulTurns: new TaskSlots(1),
      maxCrashes: settings.maxCrashes,
      queues: settings.queues,
      timing: settings.timing,
      intercept: params.intercept,
      telemetry: params.telemetry,
      news: params.news ?? UNHEARD,
      now: () => this.#membership.lease.storeNow(),
      isLeaseValid: () => this.#membership.lease.isValid(),
      onZombie: (runId, task) => this.#onZombie(runId, task),
    };
    params.death?.addEventListener('abort', () => this.#die(), { once: true });
    this.#dispatched = new DispatchedCalls({
      host: this.#host,
      registry,
      slots: this.#slots,
      onFree: () => this.nudge(),
    });
  }

  get id(): string {
    return this.#membership.id;
  }

  /** How long `close` lets running attempts end, ms. */
  get drainMs(): number {
    return this.#params.settings.drainMs;
  }

  get health(): WorkerHealth {
    return {
      id: this.id,
      runs: this.#executions.size,
      tasks: this.#slots.taken,
      zombies: this.#zombies,
      ...this.#database.status,
      listening: this.#params.store.listening,
    };
  }

  /** Whether it has been started, and takes runs. */
  get isPolling(): boolean {
    return this.#mode === 'polling';
  }

  /** Registers, and claims what is already waiting. */
  async start(): Promise<void> {
    this.#mode = 'polling';
    await this.#membership.register();
    this.#unsubscribe = this.#params.store.subscribe((hint) => this.#hinted.hear(hint));
    await this.#polls.start();
    this.#scheduleReports();
  }

  /**
   * Keeps a place for a new run of this queue, if there is one: the run may be created as this worker's own. Whoever got
   * `true` owes one `adopt` or `unreserve`.
   */
  reserve(queue: string): boolean {
    const { queues } = this.#params.settings;
    if (this.#room <= 0 || !queues.includes(queue) || !this.#membership.lease.isValid()) return false;
    this.#reserved++;
    return true;
  }

  unreserve(): void {
    this.#reserved--;
  }

  /** Executes a run that was created as this worker's own, in the place that was kept for it. */
  adopt(run: ClaimedRun): Promise<ExecutionEnd> | undefined {
    this.#reserved--;
    this.#execute(run);
    return this.#executions.get(run.id)?.ended;
  }

  isExecuting(runId: string): boolean {
    return this.#executions.has(runId);
  }

  /** Tells the run, if it is here, that its cancel was accepted. */
  cancel(runId: string, reason: string | undefined): void {
    this.#executions.get(runId)?.requestCancel(reason);
  }

  /** Polls now: there may be new work, or something about the runs that are here. */
  nudge(): void {
    this.#ownedLook.want();
    this.#pollNow();
  }

  #pollNow(): void {
    if (this.#mode === 'polling') this.#polls.pollNow();
  }

  /** The worker's estimate of the store's clock, epoch ms. */
  storeNow(): number {
    return this.#membership.lease.storeNow();
  }

  /**
   * Takes nothing new, lets running attempts end within `drain`, gives the rest back, and deregisters. Over within `drain` and five
   * seconds, whatever the database does.
   */
  async close(): Promise<void> {
    if (this.#mode === 'closed') return;
    const isRegistered = this.#mode !== 'made';
    this.#mode = 'draining';
    this.#unsubscribe?.();
    this.#hinted.close();
    const { clock } = this.#params.environment;
    this.#dispatched.drain();
    for (const execution of this.#executions.values()) execution.drain();
    // What a poll under way has claimed is given back by it.
    await within(clock, Promise.all([this.#polls.polling, this.#allEnded()]), this.#params.settings.drainMs);
    const givesUpAt = clock.monotonic() + GIVE_BACK_MS;
    this.#dispatched.release();
    for (const execution of this.#executions.values()) execution.release();
    await within(clock, this.#allEnded(), GIVE_BACK_MS);
    this.#mode = 'closed';
    this.#polls.stop();
    this.#reportTimer?.cancel();
    this.#membership.unwatch();
    if (isRegistered) await within(clock, this.#deregister(), givesUpAt - clock.monotonic());
  }

  /** How many runs it would take. */
  get #room(): number {
    return this.#mode === 'polling' ? this.#params.settings.runs - this.#executions.size - this.#reserved : 0;
  }

  async #deregister(): Promise<void> {
    try {
      await this.#fleet.close();
      await this.#membership.deregister();
    } catch (error) {
      this.#params.logger.warn(
        { workerId: this.id, err: error },
        'the worker could not deregister; its lease will run out',
      );
    }
  }

  async #poll(): Promise<number> {
    try {
      const nextMs = await this.#exchange();
      if (this.#database.answered()) this.#params.logger.info({ workerId: this.id }, 'the database answers again');
      return nextMs;
    } catch (error) {
      return this.#pollFailed(error);
    }
  }

  /** One poll; answers how long to wait before the next. */
  async #exchange(): Promise<number> {
    const { store, settings, environment, registry } = this.#params;
    const sentAt = environment.clock.monotonic();
    const before = this.#ownedLook.isDue(sentAt) ? new Map(this.#executions) : undefined;
    const free = this.#freePlaces();
    const byAge = this.#ageShare.of(free);
    const { workflows, fingerprints } = registry.claimable;
    const claim = free > 0 ? { workflows, fingerprints, queues: settings.queues, limit: free, byAge } : undefined;
    const result = await store.poll({
      workerId: this.id,
      leaseMs: settings.leaseMs,
      skipsOwned: before === undefined,
      claim,
    });
    if (result.kind === 'dead') {
      await this.#reincarnate();
      return 0;
    }
    this.#membership.renewed(sentAt, result.now);
    if (before !== undefined) this.#reconcile(before, result.owned);
    for (const run of result.claimed) this.#execute(run);
    const calls = await this.#dispatched.exchange(this.id);
    this.#hinted.polled(result.claimed.length + calls);
    return this.#nextPollMs(result, free);
  }

  /**
   * How many runs the next claim may take. At most half of all places at a time: while the database claims or records for one half,
   * this process works on the other, and neither waits for the other.
   */
  #freePlaces(): number {
    return Math.min(this.#room, Math.ceil(this.#params.settings.runs / 2));
  }

  #nextPollMs(result: Extract<PollResult, { kind: 'alive' }>, free: number): number {
    const hasMore = result.recovered > 0 || (free > 0 && result.claimed.length === free);
    if (hasMore && this.#executions.size < this.#params.settings.runs) return 0;
    const jittered = this.#params.settings.pollMs * (0.8 + 0.4 * this.#params.environment.random());
    return Math.min(jittered, result.nextDueMs ?? Infinity);
  }

  #pollFailed(error: unknown): number {
    this.#ownedLook.want();
    const { logger, settings, environment } = this.#params;
    if (this.#database.failed(error))
      logger.warn({ workerId: this.id, err: error }, 'the database does not answer; trying again');
    if (!this.#membership.lease.isValid()) this.#abandonAll();
    const whole = Math.min(settings.pollMs, 100 * 2 ** Math.min(this.#database.failures, 10));
    return whole / 2 + (environment.random() * whole) / 2;
  }

  /** This worker was declared dead: what it runs belongs to others, and it starts again as somebody new. */
  async #reincarnate(): Promise<void> {
    this.#params.logger.warn(
      { workerId: this.id },
      'the lease of this worker had ended; its runs were given to others',
    );
    this.#abandonAll();
    this.#fleet.reset();
    await this.#membership.registerAnew();
  }

  #abandonAll(): void {
    this.#dispatched.abandonAll();
    for (const execution of this.#executions.values()) this.#lost(execution);
  }

  /** As if the process had: nothing is given back, and nobody told. */
  #die(): void {
    this.#mode = 'closed';
    this.#polls.stop();
    this.#reportTimer?.cancel();
    this.#membership.unwatch();
    this.#unsubscribe?.();
    this.#hinted.close();
    this.#abandonAll();
  }

  #lost(execution: RunExecution): void {
    const runId = execution.run.id;
    this.#params.logger.warn({ runId, err: new LeaseLostError(runId) }, 'the run belongs to another worker now');
    execution.abandon();
  }

  /** Compares what this worker thinks it owns with what the store says. */
  #reconcile(before: ReadonlyMap<string, RunExecution>, owned: readonly OwnedRun[]): void {
    const rows = new Map(owned.map((row) => [row.id, row]));
    for (const [id, execution] of before) {
      if (this.#executions.get(id) !== execution) continue;
      const row = rows.get(id);
      // The poll may have seen the end of a run before this worker has had the answer to its own record of it.
      if (row === undefined && execution.isLeaving) continue;
      if (row === undefined || row.epoch !== execution.run.epoch) this.#lost(execution);
      else {
        if (row.isCancelRequested) execution.requestCancel(row.cancelReason);
        execution.noticed(row.inbox);
      }
    }
    this.#giveBack.releaseUnknown(owned.filter((row) => !before.has(row.id) && !this.#executions.has(row.id)));
  }

  #execute(run: ClaimedRun): void {
    if (this.#mode !== 'polling') {
      if (this.#mode === 'draining') void this.#giveBack.release(run);
      return;
    }
    const found = compatibility(this.#params.registry, run);
    if (found.kind === 'incompatible') {
      void this.#giveBack.decline(run, found, this.#membership.lease.storeNow());
      return;
    }
    this.#executions.get(run.id)?.abandon();
    const execution = new RunExecution(run, found.definition, found.flow, this.#host);
    this.#executions.set(run.id, execution);
    void execution.ended.then((end) => this.#onEnd(execution, end));
    this.#host.news.claimed(run);
    execution.begin();
  }

  #onEnd(execution: RunExecution, end: ExecutionEnd): void {
    const wasFull = this.#executions.size >= this.#params.settings.runs;
    if (this.#executions.get(execution.run.id) === execution) this.#executions.delete(execution.run.id);
    this.#params.onEnd(execution.run, end);
    if (wasFull) this.#pollNow();
  }

  #onZombie(runId: string, task: string): void {
    this.#zombies++;
    this.#params.logger.warn({ runId, task }, 'a timed-out task is still running; its place is given to others');
  }

  #scheduleReports(): void {
    const { clock } = this.#params.environment;
    const everyMs = Math.max(50, this.#params.settings.timing.reportAfterMs / 2);
    this.#reportTimer = clock.setTimer(
      everyMs,
      () => {
        for (const execution of this.#executions.values()) execution.reportRunning();
        this.#scheduleReports();
      },
      { background: true },
    );
  }

  /** Settles when no run and no call that is here now is left. */
  #allEnded(): Promise<unknown> {
    return Promise.all([...[...this.#executions.values()].map((one) => one.ended), this.#dispatched.ended]);
  }
}
