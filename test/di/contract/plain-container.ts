import { ConfigurationError } from '../../../src';
import type { ClassToken, ContainerAdapter, ContainerScope, InjectableClass } from '../../../src';

type Make = (scope: PlainScope) => unknown;

interface Recipe {
  readonly lifetime: 'shared' | 'scoped';
  readonly make: Make;
}

/** A container of functions, as somebody might write by hand. It makes things asynchronously, as some containers do. */
export class PlainContainer implements ContainerAdapter {
  readonly recipes = new Map<ClassToken, Recipe>();
  readonly shared = new Map<ClassToken, Promise<unknown>>();

  add(token: ClassToken, lifetime: Recipe['lifetime'], make: Make): this {
    this.recipes.set(token, { lifetime, make });
    return this;
  }

  check(): void {}

  createScope(): ContainerScope {
    return new PlainScope(this);
  }

  register(token: ClassToken, instance: object): void {
    if (this.recipes.has(token)) throw new ConfigurationError(`the container already holds a ${token.name}`);
    this.recipes.set(token, { lifetime: 'shared', make: () => instance });
  }

  unregister(token: ClassToken): void {
    this.recipes.delete(token);
    this.shared.delete(token);
  }
}

export class PlainScope implements ContainerScope {
  readonly #container: PlainContainer;
  readonly #own = new Map<ClassToken, Promise<unknown>>();

  constructor(container: PlainContainer) {
    this.#container = container;
  }

  async resolve<T extends object>(target: InjectableClass<T>): Promise<T> {
    const recipe = this.#container.recipes.get(target);
    if (recipe === undefined) throw new Error(`missing: nothing is known of ${target.name}`);
    const kept = recipe.lifetime === 'shared' ? this.#container.shared : this.#own;
    const made = kept.get(target) ?? Promise.resolve().then(() => recipe.make(this));
    kept.set(target, made);
    return (await made) as T;
  }

  async dispose(): Promise<void> {
    for (const made of this.#own.values()) {
      const instance = (await made) as { dispose?(): void };
      instance.dispose?.();
    }
  }
}
