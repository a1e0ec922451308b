import type { RunnerOptions } from '../runner/runner-options';
import type { ServiceOptions } from './service-options';

/** An application: its workflows, how they are run, and how they are served. */
export interface ApplicationConfig extends Omit<RunnerOptions, 'signals' | 'worker'> {
  /** Of processes that execute runs: `typeflow worker` and `typeflow dev`. */
  readonly worker?: Exclude<RunnerOptions['worker'], false>;
  readonly service?: ServiceOptions;
}

/** What a configuration file exports: an application, or what makes one, called once in each process. */
export type ApplicationExport = ApplicationConfig | (() => ApplicationConfig | Promise<ApplicationConfig>);

/**
 * Names an application for the command line and the service, as the export `default` (or `config`) of `typeflow.config.ts` or `.js`. It only
 * lends its types: nothing is connected before a command asks for it.
 *
 * @example
 * export default defineConfig({ workflows: [OrderWorkflow], database: process.env.DATABASE_URL });
 */
export function defineConfig(config: ApplicationExport): ApplicationExport {
  return config;
}
