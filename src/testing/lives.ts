import type { DependencyContainer } from 'tsyringe';
import type { TypeflowLogger } from '../core/logger';
import type { WorkflowRef } from '../decorators/workflow-types';
import { childAdapter } from '../di/child-adapter';
import type { ContainerAdapter } from '../di/container-adapter';
import type { FollowOptions } from '../runner/events/follow-run';
import type { FollowedEvent } from '../runner/events/run-event';
import type { ResultOptions } from '../runner/start-options';
import { WorkflowRunner } from '../runner/workflow-runner';
import type { Store } from '../store/store';
import type { CallDesk } from './call-desk';
import type { CrashPlan } from './crash-plan';
import { Life } from './life';
import type { VirtualClock } from './virtual-clock';

/** What the worker does at regular times is done rarely, as each is a stop on the way through virtual time. What is due is known exactly. */
const WORKER = { poll: '30d', lease: '365d', drain: 0, reportAfter: '300d' } as const;
const LOOK_EVERY_MS = 30 * 86_400_000;

export interface LivesParams {
  readonly workflows: readonly WorkflowRef[];
  readonly container: DependencyContainer | ContainerAdapter | undefined;
  readonly logger: TypeflowLogger;
  readonly clock: VirtualClock;
  readonly store: Store;
  readonly desk: CallDesk;
  readonly plan: CrashPlan;
}

interface Current {
  readonly runner: WorkflowRunner;
  /** Resolves with its life's end. */
  readonly ended: Promise<'ended'>;
}

/** The process under test, through all its lives: when it dies, the next one begins at once, on the same store. */
export class Lives {
  readonly #params: LivesParams;
  #current!: Current;
  #rebirth: Promise<void> | undefined;

  private constructor(params: LivesParams) {
    this.#params = params;
  }

  /** @throws DefinitionError, ConfigurationError */
  static async begin(params: LivesParams): Promise<Lives> {
    const lives = new Lives(params);
    await lives.#begin();
    return lives;
  }

  get runner(): WorkflowRunner {
    return this.#current.runner;
  }

  /** Resolves when a process is there. */
  async settled(): Promise<void> {
    while (this.#rebirth !== undefined) await this.#rebirth;
  }

  /** The result of a run, whichever life it ends in. @throws what `WorkflowRunner.result` throws */
  async result(runId: string, options: ResultOptions = {}): Promise<unknown> {
    for (;;) {
      await this.settled();
      const { runner, ended } = this.#current;
      const result = runner.result(runId, options).then((value) => ({ value }));
      const first = await Promise.race([result, ended]);
      if (first !== 'ended') return first.value;
      result.catch(() => undefined);
    }
  }

  /** What happens in a run, through all lives. @throws what `WorkflowRunner.events` throws */
  async *events(runId: string, options: FollowOptions = {}): AsyncGenerator<FollowedEvent, void, void> {
    let seen: FollowOptions = options;
    for (;;) {
      await this.settled();
      const { runner, ended } = this.#current;
      const events = runner.events(runId, seen);
      for (;;) {
        const next = await Promise.race([events.next(), ended]);
        if (next === 'ended') break;
        if (next.done === true) return;
        seen = { ...options, after: next.value.cursor };
        yield next.value;
      }
    }
  }

  async close(): Promise<void> {
    for (;;) {
      await this.settled();
      const { runner, ended } = this.#current;
      if ((await Promise.race([runner.close(), ended])) !== 'ended') return;
    }
  }

  async #begin(): Promise<void> {
    const { workflows, container, logger, clock, store, desk, plan } = this.#params;
    let end: (how: 'ended') => void = () => undefined;
    const ended = new Promise<'ended'>((resolve) => (end = resolve));
    const life = new Life({
      store,
      clock,
      fate: plan.fate,
      onAsked: () => clock.touch(),
      onDeath: () => {
        this.#rebirth = this.#reborn().finally(() => (this.#rebirth = undefined));
        end('ended');
      },
    });
    const runner = await WorkflowRunner.createWith(
      { workflows, container: childAdapter(container), database: 'memory:', worker: WORKER, logger },
      {
        clock: life.clock,
        isSystemClock: false,
        // Jitter in the middle of its range: a test has the same delays each time.
        random: () => 0.5,
        // Making a stack takes ten times as long as all else of a retry where a test's sources are mapped.
        keepsStacks: false,
        store: life.store,
        intercept: desk.intercept,
        lookEveryMs: LOOK_EVERY_MS,
        death: life.death,
      },
    );
    this.#current = { runner, ended };
  }

  /** What the dead process owned is free again, as when its lease has ended. */
  async #reborn(): Promise<void> {
    const workerId = this.runner.health?.id ?? '';
    // Not from within the record that it died of.
    await Promise.resolve();
    await this.#params.store.deregisterWorker({ workerId });
    await this.#begin();
  }
}
