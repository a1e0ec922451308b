// eslint-disable-next-line @typescript-eslint/no-explicit-any -- only any[] accepts every constructor
export type InjectableClass<T = object> = new (...args: any[]) => T;

/** A class as a key, whether or not anybody may construct it. */
export interface ClassToken {
  readonly name: string;
  readonly prototype: object;
}

/**
 * What the engine asks of a dependency-injection container. tsyringe's containers need none; `WorkflowRunner.create({ container })` takes
 * an object of this shape for any other.
 */
export interface ContainerAdapter {
  /**
   * Looks at a workflow class before anything runs. What it throws is thrown by `WorkflowRunner.create`; one that cannot tell does nothing.
   *
   * @throws DefinitionError when the class could never be resolved
   */
  check(target: InjectableClass): void;
  /** A scope for one attempt: one instance of the workflow class, and of what is scoped, lives in it. Called at once, so it should be cheap. */
  createScope(): ContainerScope;
  /** Makes `instance`, which is the runner, injectable as `token`, its class. @throws ConfigurationError when the token is taken */
  register(token: ClassToken, instance: object): void;
  /** Undoes `register`. */
  unregister(token: ClassToken): void;
}

export interface ContainerScope {
  /**
   * The instance whose method is called, or a promise of it. Waiting for it is part of the attempt, its timeout included; what it throws, or rejects with,
   * fails the attempt.
   */
  resolve<T extends object>(target: InjectableClass<T>): T | PromiseLike<T>;
  /** Disposes what this scope has made, once the method has ended; returns nothing when there is nothing to wait for. */
  dispose(): PromiseLike<void> | undefined;
}
