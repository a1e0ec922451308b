// eslint-disable-next-line @typescript-eslint/no-explicit-any -- only any[] accepts every constructor
export type InjectableClass<T = object> = new (...args: any[]) => T;

/** A class as a key, whether or not anybody may construct it. */
export interface ClassToken {
  readonly name: string;
  readonly prototype: object;
}

/** What the engine asks of a dependency-injection container. tsyringe is the default; others get an adapter of this shape. */
export interface ContainerAdapter {
  /** Looks at a class before anything runs. @throws DefinitionError when it could never be resolved */
  check(target: InjectableClass): void;
  /** A scope for one attempt: one instance of the workflow class, and of what is scoped, lives in it. */
  createScope(): ContainerScope;
  /** Makes `instance` injectable as `token`. Throws `ConfigurationError` when the token is taken. */
  register(token: ClassToken, instance: object): void;
  /** Makes what `make` returns, or throws, each time it is asked for, injectable as `token`. Throws `ConfigurationError` when the token is taken. */
  registerFactory(token: ClassToken, make: () => object): void;
  /** Undoes `register` and `registerFactory`. */
  unregister(token: ClassToken): void;
}

export interface ContainerScope {
  resolve<T extends object>(target: InjectableClass<T>): T;
  /** Disposes what this scope has made; returns nothing when there is nothing to wait for. */
  dispose(): Promise<void> | undefined;
}
