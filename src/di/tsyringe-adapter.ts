import { container as globalContainer, injectable } from 'tsyringe';
import type { DependencyContainer, InjectionToken } from 'tsyringe';
import { ConfigurationError } from '../core/errors/definition-error';
import { checkInjection } from './check-injection';
import type { ClassToken, ContainerAdapter, ContainerScope, InjectableClass } from './container-adapter';
import { releaseOwnDisposables, removeRegistration } from './tsyringe-internals';

/** Where tsyringe keeps what `@inject` says about constructor parameters. */
const INJECTION_TOKENS = 'injectionTokens';

/**
 * Workflow classes from a tsyringe container, each attempt in a child container of its own.
 *
 * @param container the user's; by default the global one of tsyringe
 */
export class TsyringeAdapter implements ContainerAdapter {
  readonly #container: DependencyContainer;
  readonly #known = new WeakSet<InjectableClass>();

  constructor(container: DependencyContainer = globalContainer) {
    this.#container = container;
  }

  check(target: InjectableClass): void {
    // Whoever registered the class itself has said how it is made.
    if (this.#container.isRegistered(target, true)) return;
    checkInjection(target, (Reflect.getMetadata(INJECTION_TOKENS, target) ?? {}) as Readonly<Record<string, unknown>>);
  }

  createScope(): TsyringeScope {
    return new TsyringeScope(this.#container, (target) => this.#makeInjectable(target));
  }

  register(token: ClassToken, instance: object): void {
    this.#container.registerInstance(this.#freeKey(token), instance);
  }

  /** Makes what `make` returns, or throws, each time it is asked for, injectable as `token`. @throws ConfigurationError when the token is taken */
  registerFactory(token: ClassToken, make: () => object): void {
    this.#container.register(this.#freeKey(token), { useFactory: make });
  }

  #freeKey(token: ClassToken): InjectionToken<object> {
    const key = token as InjectionToken<object>;
    if (!this.#container.isRegistered(key)) return key;
    throw new ConfigurationError(
      `the container already holds a ${token.name}: close that one first, or give each runner a container of its own ` +
        `(WorkflowRunner.create({ container: container.createChildContainer() }))`,
    );
  }

  unregister(token: ClassToken): void {
    removeRegistration(this.#container, token);
  }

  /**
   * `@Workflow` stands for tsyringe's `@injectable()`. It is applied here, when a class is first resolved, so that the decorators
   * know no container. A subclass without a constructor of its own inherits its parent's `@inject` tokens, which
   * tsyringe by itself would not see.
   */
  #makeInjectable(target: InjectableClass): void {
    if (this.#known.has(target)) return;
    const tokens: unknown = Reflect.getMetadata(INJECTION_TOKENS, target);
    if (tokens !== undefined && !Reflect.hasOwnMetadata('design:paramtypes', target)) {
      Reflect.defineMetadata(INJECTION_TOKENS, { ...(tokens as object) }, target);
    }
    injectable()(target);
    this.#known.add(target);
  }
}

/** A child container, made only when something needs it. */
class TsyringeScope implements ContainerScope {
  readonly #parent: DependencyContainer;
  readonly #makeInjectable: (target: InjectableClass) => void;
  #child: DependencyContainer | undefined;

  constructor(parent: DependencyContainer, makeInjectable: (target: InjectableClass) => void) {
    this.#parent = parent;
    this.#makeInjectable = makeInjectable;
  }

  resolve<T extends object>(target: InjectableClass<T>): T {
    // A class that injects nothing, disposes nothing and is registered nowhere is constructed by a container just like this.
    if (target.length === 0 && injectsNothing(target) && !this.#parent.isRegistered(target, true)) return new target();
    this.#makeInjectable(target);
    this.#child ??= this.#parent.createChildContainer();
    return this.#child.resolve(target);
  }

  dispose(): Promise<void> | undefined {
    return this.#child === undefined ? undefined : releaseOwnDisposables(this.#child);
  }
}

function injectsNothing(target: InjectableClass): boolean {
  if ('dispose' in target.prototype) return false;
  const parameters: unknown = Reflect.getMetadata('design:paramtypes', target);
  return !Array.isArray(parameters) || parameters.length === 0;
}
