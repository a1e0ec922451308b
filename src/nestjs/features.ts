import type { Type } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { ModulesContainer } from '@nestjs/core';
import { ConfigurationError } from '../core/errors/definition-error';
import type { WorkflowRef } from '../decorators/workflow-types';
import { MODULE_OPTIONS } from './module-options';

/** Under which each `forFeature` keeps its workflows. */
export const FEATURE_WORKFLOWS = Symbol('typeflow workflows');

type NestModule = ModulesContainer extends Map<string, infer Module> ? Module : never;

/** Where a workflow class is made. */
export interface Home {
  readonly moduleRef: ModuleRef;
  /** Whether the class is a provider there, whose scope and recipe count. */
  readonly isProvider: boolean;
}

/** What the modules of an application declare with `forFeature`. */
export interface Features {
  readonly workflows: readonly WorkflowRef[];
  /** Of those that are classes. */
  readonly homes: ReadonlyMap<WorkflowRef, Home>;
}

/**
 * Reads the modules, all of which Nest knows before it makes the first provider. Modules that are loaded lazily later are not among them.
 *
 * @throws ConfigurationError when a class is declared by two modules, or `forRoot` is there twice
 */
export function featuresOf(modules: ModulesContainer): Features {
  const all = [...modules.values()];
  const roots = all.filter((one) => one.providers.has(MODULE_OPTIONS));
  if (roots.length > 1) {
    throw new ConfigurationError(`TypeflowModule.forRoot stands in ${roots.length} places: an application has one`);
  }
  const importers = new Map<WorkflowRef, Set<NestModule>>();
  for (const feature of all) {
    const workflows = (feature.providers.get(FEATURE_WORKFLOWS)?.instance ?? []) as readonly WorkflowRef[];
    const importing = all.filter((one) => one.imports.has(feature));
    for (const workflow of workflows) {
      const known = importers.get(workflow) ?? new Set();
      for (const one of importing.length > 0 ? importing : [feature]) known.add(one);
      importers.set(workflow, known);
    }
  }
  const classes = [...importers].filter(([workflow]) => typeof workflow === 'function');
  return {
    workflows: [...importers.keys()],
    homes: new Map(classes.map(([workflow, by]) => [workflow, homeOf(workflow as Type<object>, [...by], all)])),
  };
}

function homeOf(target: Type<object>, importers: readonly NestModule[], all: readonly NestModule[]): Home {
  const [importer] = importers;
  const host = [...importers, ...all].find((one) => one.providers.has(target));
  if (host !== undefined) return { moduleRef: refOf(host), isProvider: true };
  if (importer !== undefined && importers.length === 1) return { moduleRef: refOf(importer), isProvider: false };
  throw new ConfigurationError(
    `${target.name} is given to TypeflowModule.forFeature by ${importers.map(({ name }) => name).join(' and ')}, ` +
      `so that it is not clear whose providers it is made of: leave it to one of them, or make it a provider of one`,
  );
}

function refOf(module: NestModule): ModuleRef {
  return module.providers.get(ModuleRef)?.instance as ModuleRef;
}
