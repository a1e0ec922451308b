import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { container as globalContainer } from 'tsyringe';
import { TsyringeAdapter } from '../../src/di/tsyringe-adapter';
import { defineWorkflow } from '../../src';
import type { TaskContext, TypedWorkflowDefinition } from '../../src';
import { decode } from '../../src/core/codec/decode';
import { encode } from '../../src/core/codec/encode';
import { definitionOf } from '../../src/decorators/definition-of';
import type { WorkflowRef } from '../../src/decorators/workflow-types';
import { DefinitionRegistry } from '../../src/runner/definition-registry';
import { Worker } from '../../src/runner/worker';
import { workerSettings } from '../../src/runner/worker-options';
import type { WorkerOptions } from '../../src/runner/worker-options';
import { MemoryStore } from '../../src/store/memory/memory-store';
import type { StoredNode, StoredRun } from '../../src/store/stored-run';
import { MemoryLogger } from '../fixtures/memory-logger';
import { VirtualClock } from '../fixtures/virtual-clock';

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- any workflow
export type AnyWorkflow = TypedWorkflowDefinition<any>;

/** Several workers over one memory store, on a virtual clock: what a fleet does, step by step. */
export class Fleet {
  readonly clock = new VirtualClock();
  readonly store = new MemoryStore(this.clock);
  readonly logger = new MemoryLogger();
  readonly #workers: Worker[] = [];

  async worker(
    workflows: readonly AnyWorkflow[],
    queues: readonly string[],
    options: WorkerOptions = {},
  ): Promise<Worker> {
    const registry = new DefinitionRegistry(workflows);
    const worker = new Worker({
      store: this.store,
      registry,
      container: new TsyringeAdapter(globalContainer.createChildContainer()),
      logger: this.logger,
      environment: {
        flowOf: (workflow, flow) => registry.requireFlow(definitionOf(workflow as WorkflowRef), flow),
        clock: this.clock,
        isSystemClock: false,
        logger: this.logger,
        random: () => 0.5,
        maxValueBytes: 1_000_000,
      },
      settings: workerSettings({ lease: '10s', poll: '100ms', drain: 0, cancelGrace: '1s', queues, ...options }, []),
      newId: randomUUID,
      label: 'test',
      onEnd: () => undefined,
    });
    this.#workers.push(worker);
    await worker.start();
    return worker;
  }

  /** A run of `main`, for whoever polls first. */
  async start(workflow: AnyWorkflow, input: unknown, options: { readonly deadlineMs?: number } = {}): Promise<string> {
    const id = randomUUID();
    await this.store.createRun({
      id,
      workflow: workflow.graph.name,
      version: workflow.graph.version,
      flow: 'main',
      fingerprint: workflow.graph.flows.get('main')?.fingerprint ?? '',
      queue: 'default',
      priority: 0,
      tags: [],
      input: encode(input, { what: 'input', maxBytes: 1_000_000 }),
      inputHash: '',
      ...options,
    });
    return id;
  }

  async run(runId: string): Promise<StoredRun> {
    const run = await this.store.findRun({ runId });
    if (run === undefined) throw new Error('there is no such run');
    return run;
  }

  /** Lets time pass until `matches`, for a minute at most. */
  async until(what: string, matches: () => boolean | Promise<boolean>): Promise<void> {
    for (let step = 0; step < 1_200; step++) {
      if (await matches()) return;
      await this.clock.advance(50);
    }
    throw new Error(`within a minute there was no ${what}`);
  }

  async ended(runId: string): Promise<StoredRun> {
    await this.until('end of the run', async () => (await this.run(runId)).finishedAt !== undefined);
    return this.run(runId);
  }

  async output(runId: string): Promise<unknown> {
    const { status, output, error } = await this.ended(runId);
    if (output === undefined) throw new Error(`the run is ${status}: ${error}`);
    return decode(output);
  }

  async calls(runId: string): Promise<number> {
    return (await this.store.dispatches.list({ runId })).length;
  }

  async close(): Promise<void> {
    for (const worker of this.#workers.splice(0)) {
      const closed = worker.close();
      await this.clock.advance(20_000);
      await closed;
    }
  }
}

export function nodeOf(run: StoredRun, name: string, index = -1): StoredNode {
  const node = run.nodes.find((one) => one.node === name && one.index === index);
  if (node === undefined) throw new Error(`"${name}" has no record`);
  return node;
}

/** `prepare` and `main` for the owner, and between them `work`, on the queue `gpu`. */
export function withWork(
  work: (n: number, ctx: TaskContext<number>) => Promise<unknown>,
  options: {
    readonly retries?: {
      readonly max: number;
      readonly backoff: 'constant';
      readonly initialDelay: string;
      readonly jitter: false;
    };
    readonly timeout?: string | false;
    readonly totalTimeout?: string;
  } = {},
): AnyWorkflow {
  return defineWorkflow('queued')
    .task('prepare', async (n: number) => n + 1)
    .task(
      'work',
      { dependsOn: ['prepare'], queue: 'gpu', timeout: false, ...options } as { dependsOn: ['prepare'] },
      work,
    )
    .flow('main', { dependsOn: ['work'] }, async (value: unknown, _ctx: TaskContext<number>) => value)
    .build() as AnyWorkflow;
}
