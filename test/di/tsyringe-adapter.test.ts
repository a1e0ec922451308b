import 'reflect-metadata';
import { container as globalContainer, inject, injectable, scoped, Lifecycle, singleton } from 'tsyringe';
import type { DependencyContainer } from 'tsyringe';
import { DefinitionError } from '../../src/core/errors/definition-error';
import { TsyringeAdapter } from '../../src/di/tsyringe-adapter';

/** What `@Workflow` does for a class: it makes the compiler emit the types of the constructor's parameters. */
function decorated(): ClassDecorator {
  return () => undefined;
}

class Clock {
  readonly id = Math.random();
}

@decorated()
class Shop {
  constructor(
    readonly clock: Clock,
    @inject('rate') readonly rate: number,
  ) {}
}

@decorated()
class BookShop extends Shop {}

let container: DependencyContainer;
let adapter: TsyringeAdapter;

beforeEach(() => {
  container = globalContainer.createChildContainer();
  container.register('rate', { useValue: 19 });
  adapter = new TsyringeAdapter(container);
});

describe('a scope', () => {
  it('constructs a class that tsyringe was never told of, with what it injects', () => {
    const shop = adapter.createScope().resolve(Shop);
    expect(shop.clock).toBeInstanceOf(Clock);
    expect(shop.rate).toBe(19);
  });

  it('gives a subclass without a constructor what its parent injects, tokens too', () => {
    const shop = adapter.createScope().resolve(BookShop);
    expect(shop).toBeInstanceOf(BookShop);
    expect(shop.clock).toBeInstanceOf(Clock);
    expect(shop.rate).toBe(19);
  });

  it('has an instance of its own; a singleton is shared', () => {
    container.registerSingleton(Clock);
    const [first, second] = [adapter.createScope().resolve(Shop), adapter.createScope().resolve(Shop)];
    expect(first).not.toBe(second);
    expect(first.clock).toBe(second.clock);
  });

  it('shares what is scoped to a container within itself only', () => {
    @scoped(Lifecycle.ContainerScoped)
    class Session {}
    @decorated()
    class Flow {
      constructor(
        readonly one: Session,
        readonly two: Session,
      ) {}
    }
    container.register(Session, { useClass: Session }, { lifecycle: Lifecycle.ContainerScoped });
    const first = adapter.createScope().resolve(Flow);
    const second = adapter.createScope().resolve(Flow);
    expect(first.one).toBe(first.two);
    expect(first.one).not.toBe(second.one);
  });

  it('names the parameter that cannot be resolved', () => {
    @decorated()
    class NeedsMore {
      constructor(@inject('unknown') readonly thing: unknown) {}
    }
    expect(() => adapter.createScope().resolve(NeedsMore)).toThrow(
      /"thing" at position #0 of "NeedsMore"[^]*"unknown"/,
    );
  });
});

describe('the check of a class', () => {
  interface Gateway {
    charge(): void;
  }

  it('names every parameter that a container could only guess, and what to do', () => {
    @decorated()
    class Guessing {
      constructor(
        readonly gateway: Gateway,
        @inject('rate') readonly rate: number,
        readonly name: string,
      ) {}
    }
    expect(() => adapter.check(Guessing)).toThrow(DefinitionError);
    expect(() => adapter.check(Guessing)).toThrow(
      /parameter 1 is an interface[^]*@inject\(token\)[^]*parameter 3 is String/,
    );
    expect(() => adapter.check(Guessing)).not.toThrow(/parameter 2/);
  });

  it('says what a parameter that is undefined usually means', () => {
    class Late {}
    Reflect.defineMetadata('design:paramtypes', [undefined], Late);
    expect(() => adapter.check(Late)).toThrow(/two files import each other/);
  });

  it('finds nothing wrong with classes, tokens, or a class that is registered', () => {
    expect(() => adapter.check(Shop)).not.toThrow();
    expect(() => adapter.check(BookShop)).not.toThrow();
    @decorated()
    class Registered {
      constructor(readonly gateway: Gateway) {}
    }
    container.register(Registered, { useFactory: () => new Registered({ charge: () => undefined }) });
    expect(() => adapter.check(Registered)).not.toThrow();
  });
});

describe('disposal', () => {
  it('disposes what the scope made, once', async () => {
    const disposed = jest.fn();
    @injectable()
    class Connection {
      dispose(): void {
        disposed();
      }
    }
    @decorated()
    class Flow {
      constructor(readonly connection: Connection) {}
    }
    const scope = adapter.createScope();
    scope.resolve(Flow);
    await scope.dispose();
    expect(disposed).toHaveBeenCalledTimes(1);
  });

  it('leaves a singleton alone that happened to be made in the scope, until its own container goes', async () => {
    const disposed = jest.fn();
    class Pool {
      dispose(): void {
        disposed();
      }
    }
    singleton()(Pool);
    @decorated()
    class Flow {
      constructor(readonly pool: Pool) {}
    }
    container.registerSingleton(Pool);
    const first = adapter.createScope();
    const { pool } = first.resolve(Flow);
    await first.dispose();
    expect(disposed).not.toHaveBeenCalled();
    expect(adapter.createScope().resolve(Flow).pool).toBe(pool);
    await container.dispose();
    expect(disposed).toHaveBeenCalledTimes(1);
  });

  it('includes a workflow class that injects nothing, constructed once', async () => {
    const calls: string[] = [];
    @decorated()
    class Plain {
      constructor() {
        calls.push('constructed');
      }
      dispose(): void {
        calls.push('disposed');
      }
    }
    const scope = adapter.createScope();
    scope.resolve(Plain);
    await scope.dispose();
    expect(calls).toEqual(['constructed', 'disposed']);
  });

  it('leaves the choice to a registration of the class itself', () => {
    @decorated()
    class Plain {}
    class Substitute extends Plain {}
    container.register(Plain, { useClass: Substitute });
    expect(adapter.createScope().resolve(Plain)).toBeInstanceOf(Substitute);
  });

  it('costs nothing when nothing disposable was made', () => {
    const scope = adapter.createScope();
    scope.resolve(Shop);
    expect(scope.dispose()).toBeUndefined();
  });
});

describe('registration', () => {
  class Runner {
    private constructor() {}
    static make(): Runner {
      return new Runner();
    }
  }

  it('makes the instance injectable, and takes it out again', () => {
    const runner = Runner.make();
    adapter.register(Runner, runner);
    expect(container.isRegistered(Runner as never)).toBe(true);
    expect(container.resolve(Runner as never)).toBe(runner);
    adapter.unregister(Runner);
    expect(container.isRegistered(Runner as never)).toBe(false);
    adapter.register(Runner, Runner.make());
  });

  it('refuses a second one, and says what to do', () => {
    adapter.register(Runner, Runner.make());
    expect(() => adapter.register(Runner, Runner.make())).toThrow(/already holds a Runner: close that one first/);
    const other = new TsyringeAdapter(container.createChildContainer());
    expect(() => other.register(Runner, Runner.make())).not.toThrow();
  });
});
