import type { ApplicationConfig } from '../../application/define-config';
import type { TypeflowLogger } from '../../core/logger';
import type { RunnerOptions } from '../../runner/runner-options';
import type { WorkflowRunner } from '../../runner/workflow-runner';
import { loadEngine } from '../engine/load-engine';
import { runnerOptions } from '../target/open-operations';
import { loadService } from './load-service';

export interface ServingParams {
  readonly config: ApplicationConfig;
  readonly database: RunnerOptions['database'];
  readonly worker: NonNullable<RunnerOptions['worker']>;
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  /** Default: that of the application. */
  readonly logger?: TypeflowLogger | undefined;
}

/** A service and the runner behind it. */
export interface Serving {
  readonly url: string;
  readonly runner: WorkflowRunner;
  /** Takes no more requests first, then closes the runner. */
  close(): Promise<void>;
}

/** Starts both, or neither. @throws what `WorkflowRunner.create` and `createService` throw */
export async function startServing(params: ServingParams): Promise<Serving> {
  const { config, database, worker, host, port, logger = config.logger } = params;
  const { createService } = loadService();
  const logging = logger === undefined ? {} : { logger };
  const runner = await loadEngine().WorkflowRunner.create({
    ...runnerOptions(config),
    ...(database !== undefined && { database }),
    ...logging,
    worker,
  });
  try {
    const service = await createService(runner, {
      ...logging,
      ...config.service,
      ...(host !== undefined && { host }),
      ...(port !== undefined && { port }),
    });
    return {
      url: service.url,
      runner,
      async close() {
        await service.close();
        await runner.close();
      },
    };
  } catch (error) {
    await runner.close();
    throw error;
  }
}
