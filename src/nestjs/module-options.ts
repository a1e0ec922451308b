import type { FactoryProvider, ModuleMetadata } from '@nestjs/common';
import type { RunnerOptions } from '../runner/runner-options';

/**
 * The options of a runner, without what Nest answers: workflows are named by `forFeature`, classes come from Nest, and signals are heard by
 * `app.enableShutdownHooks()`. `logger` is by default Nest's own.
 */
export type TypeflowModuleOptions = Omit<RunnerOptions, 'workflows' | 'container' | 'signals'>;

/** Options that are made of other providers. */
export interface TypeflowModuleAsyncOptions {
  /** Modules whose providers are injected. */
  readonly imports?: ModuleMetadata['imports'];
  /** What `useFactory` is called with. */
  readonly inject?: FactoryProvider['inject'];
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- only any[] accepts every factory
  readonly useFactory: (...injected: any[]) => TypeflowModuleOptions | Promise<TypeflowModuleOptions>;
}

/** What the options are injected as. */
export const MODULE_OPTIONS = Symbol('typeflow module options');
