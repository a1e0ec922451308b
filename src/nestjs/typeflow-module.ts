import { Module } from '@nestjs/common';
import type { DynamicModule, FactoryProvider } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { ConfigurationError } from '../core/errors/definition-error';
import type { WorkflowRef } from '../decorators/workflow-types';
import { WorkflowRunner } from '../runner/workflow-runner';
import { FEATURE_WORKFLOWS, featuresOf } from './features';
import { MODULE_OPTIONS } from './module-options';
import type { TypeflowModuleAsyncOptions, TypeflowModuleOptions } from './module-options';
import { NestContainer } from './nest-container';
import { RunnerLifecycle } from './runner-lifecycle';

/**
 * Typeflow in a Nest application. `WorkflowRunner` can be injected everywhere; it starts runs from the moment it is injected, and executes them
 * once the application is bootstrapped. See docs/nestjs.md.
 *
 * @example
 * \@Module({ imports: [TypeflowModule.forRoot({ database: 'postgres://…' }), OrdersModule] })
 * class AppModule {}
 *
 * \@Module({ imports: [TypeflowModule.forFeature([OrderWorkflow])], providers: [OrderService, PaymentGateway] })
 * class OrdersModule {}
 */
@Module({})
export class TypeflowModule {
  /** The runner of the application: once, in its root module. */
  static forRoot(options: TypeflowModuleOptions = {}): DynamicModule {
    return rootModule({ provide: MODULE_OPTIONS, useFactory: () => options });
  }

  /**
   * The same with options that other providers are needed for.
   *
   * @example
   * TypeflowModule.forRootAsync({ inject: [getDataSourceToken()], useFactory: (database: DataSource) => ({ database }) })
   */
  static forRootAsync({ imports, inject, useFactory }: TypeflowModuleAsyncOptions): DynamicModule {
    return rootModule({ provide: MODULE_OPTIONS, inject: inject ?? [], useFactory }, imports);
  }

  /**
   * Workflows that this application starts and executes. Of a class, each attempt has an instance of its own, which is made in the module that
   * imports this one, of whatever that injects; a class that is also among some module's `providers` has the scope that it has there.
   *
   * @throws ConfigurationError when `workflows` is no array
   */
  static forFeature(workflows: readonly WorkflowRef[]): DynamicModule {
    if (!Array.isArray(workflows)) {
      throw new ConfigurationError(`TypeflowModule.forFeature takes an array of workflows, got ${typeof workflows}`);
    }
    return { module: TypeflowModule, providers: [{ provide: FEATURE_WORKFLOWS, useValue: workflows }, needsRoot] };
  }
}

function rootModule(options: FactoryProvider, imports: TypeflowModuleAsyncOptions['imports'] = []): DynamicModule {
  return {
    module: TypeflowModule,
    global: true,
    imports,
    providers: [
      options,
      {
        provide: NestContainer,
        inject: [ModulesContainer],
        useFactory: (modules: ModulesContainer) => new NestContainer(featuresOf(modules)),
      },
      RunnerLifecycle,
      {
        provide: WorkflowRunner,
        inject: [RunnerLifecycle, MODULE_OPTIONS, NestContainer],
        useFactory: (lifecycle: RunnerLifecycle, given: TypeflowModuleOptions, container: NestContainer) =>
          lifecycle.connect(given, container),
      },
    ],
    exports: [WorkflowRunner, NestContainer],
  };
}

/** Without it a workflow would be declared, and never executed. */
const needsRoot: FactoryProvider = {
  provide: Symbol('typeflow root'),
  inject: [{ token: NestContainer, optional: true }],
  useFactory: (root: NestContainer | undefined) => {
    if (root !== undefined) return undefined;
    throw new ConfigurationError(
      'TypeflowModule.forFeature needs a runner: import TypeflowModule.forRoot(…) in the root module of the application',
    );
  },
};
