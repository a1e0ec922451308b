import type { DependencyContainer } from 'tsyringe';
import { ConfigurationError } from '../core/errors/definition-error';
import { TsyringeAdapter } from '../di/tsyringe-adapter';
import type { RunnerOptions } from './runner-options';
import { WorkflowRunner } from './workflow-runner';

export type RegisterOptions = Omit<RunnerOptions, 'container'>;

/** What `registerTypeflow` puts into a container: a runner that is made when the application starts. */
export class Typeflow {
  readonly #container: DependencyContainer;
  readonly #adapter: TsyringeAdapter;
  readonly #options: RegisterOptions;
  #starting: Promise<WorkflowRunner> | undefined;
  #closing: Promise<void> | undefined;

  /** @internal made by `registerTypeflow` */
  constructor(container: DependencyContainer, options: RegisterOptions) {
    this.#container = container;
    this.#adapter = new TsyringeAdapter(container);
    this.#options = options;
    this.#adapter.register(Typeflow, this);
    this.#refuse('is not started yet: await the start() of Typeflow before what injects it is resolved');
  }

  /**
   * Connects, and starts the worker; from then on `WorkflowRunner` can be injected. May be called more than once; after a failure it tries anew.
   *
   * @throws what `WorkflowRunner.create` throws; ConfigurationError after `close`
   */
  start(): Promise<WorkflowRunner> {
    if (this.#closing !== undefined)
      return Promise.reject(new ConfigurationError('Typeflow is closed: register it anew'));
    this.#starting ??= this.#start();
    return this.#starting;
  }

  async #start(): Promise<WorkflowRunner> {
    this.#adapter.unregister(WorkflowRunner);
    try {
      return await WorkflowRunner.create({ ...this.#options, container: this.#container });
    } catch (error) {
      this.#starting = undefined;
      this.#refuse('could not be started: await the start() of Typeflow again');
      throw error;
    }
  }

  /** Closes the runner, if it was started, as `WorkflowRunner.close` does. May be called more than once. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const runner = await this.#starting?.catch(() => undefined);
    await runner?.close();
    this.#adapter.unregister(WorkflowRunner);
    this.#adapter.unregister(Typeflow);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Without this a container would try to construct the class, and say something about its parameters. */
  #refuse(why: string): void {
    this.#adapter.registerFactory(WorkflowRunner, () => {
      throw new ConfigurationError(`WorkflowRunner ${why}`);
    });
  }
}

/**
 * Registers a runner in a container without making it yet, for applications that compose everything at their root: `Typeflow` starts and closes it,
 * and classes inject `WorkflowRunner`.
 *
 * @throws ConfigurationError when the container holds a runner already
 * @example
 * const typeflow = registerTypeflow(container, { workflows: [OrderWorkflow], database: 'postgres://…' });
 * await typeflow.start();
 * container.resolve(OrderService); // its constructor takes a WorkflowRunner
 */
export function registerTypeflow(container: DependencyContainer, options: RegisterOptions): Typeflow {
  return new Typeflow(container, options);
}
