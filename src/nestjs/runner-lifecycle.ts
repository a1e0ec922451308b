import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { systemSeams } from '../runner/engine-seams';
import { WorkflowRunner } from '../runner/workflow-runner';
import type { TypeflowModuleOptions } from './module-options';
import type { NestContainer } from './nest-container';
import { nestLogger } from './nest-logger';

/**
 * The runner of an application through its life. It is connected when Nest makes it, so that constructors get one that works; its worker
 * takes runs only when all of the application is there. A test that overrides the provider `WorkflowRunner` has none to connect.
 */
export class RunnerLifecycle implements OnApplicationBootstrap, BeforeApplicationShutdown {
  #runner: WorkflowRunner | undefined;
  #container: NestContainer | undefined;
  #start: () => Promise<void> = () => Promise.resolve();

  /** @throws what `WorkflowRunner.create` throws */
  async connect(options: TypeflowModuleOptions, container: NestContainer): Promise<WorkflowRunner> {
    const { workflows } = container.features;
    this.#container = container;
    this.#runner = await WorkflowRunner.createWith(
      { logger: nestLogger(), ...options, workflows, container },
      { ...systemSeams, startsLater: (start) => (this.#start = start) },
    );
    return this.#runner;
  }

  async onApplicationBootstrap(): Promise<void> {
    try {
      await this.#container?.prove();
      await this.#start();
    } catch (error) {
      // Nest shuts nothing down that did not come up.
      await this.#runner?.close();
      throw error;
    }
  }

  /** Before `onApplicationShutdown`, in which `@nestjs/typeorm` closes the DataSource. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.#runner?.close();
  }
}
