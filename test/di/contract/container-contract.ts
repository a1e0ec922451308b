import { ConfigurationError, Flow, Task, Workflow, WorkflowRunner } from '../../../src';
import type { ContainerAdapter, InjectableClass, TaskContext } from '../../../src';
import { MemoryLogger } from '../../fixtures/memory-logger';

/** Shared by everybody. */
export class Rates {
  readonly euro = 1.1;
}

/** One for each scope, disposed with it. */
export class Session {
  static readonly disposed: Session[] = [];
  lines = 0;

  dispose(): void {
    Session.disposed.push(this);
  }
}

@Workflow({ name: 'checkout' })
export class Checkout {
  static readonly instances: Checkout[] = [];

  constructor(
    readonly rates: Rates,
    readonly session: Session,
  ) {
    Checkout.instances.push(this);
  }

  @Task()
  async count(euros: number): Promise<number> {
    this.session.lines += 1;
    return euros;
  }

  @Flow({ dependsOn: ['count'] })
  async main(euros: number, _ctx: TaskContext<number>): Promise<{ dollars: number; lines: number }> {
    this.session.lines += 1;
    return { dollars: euros * this.rates.euro, lines: this.session.lines };
  }
}

export class Missing {
  constructor() {
    throw new Error('missing, as a connection may be');
  }
}

/** A class whose dependency no container can make. */
@Workflow({ name: 'unknown-dependency' })
export class NeedsMore {
  constructor(readonly missing: Missing) {}

  @Flow()
  async main(): Promise<string> {
    return String(this.missing);
  }
}

export interface ContainerUnderTest {
  readonly adapter: ContainerAdapter;
  /** What the container itself hands out for a class, to application classes. */
  injected(token: InjectableClass): unknown;
}

/** What every adapter must do, alone and behind a runner. @param make a container in which `Rates` is shared, and `Session` one for each scope */
export function describeContainer(name: string, make: () => ContainerUnderTest): void {
  describe(name, () => {
    let adapter: ContainerAdapter;
    let container: ContainerUnderTest;

    beforeEach(() => {
      container = make();
      ({ adapter } = container);
      Session.disposed.length = 0;
      Checkout.instances.length = 0;
    });

    it('finds nothing wrong with a class that it can resolve', () => {
      expect(() => adapter.check(Checkout)).not.toThrow();
    });

    it('gives each scope an instance of its own, and shares what is shared', async () => {
      const [first, second] = [adapter.createScope(), adapter.createScope()];
      const [one, two] = [await first.resolve(Checkout), await second.resolve(Checkout)];
      expect(one).toBeInstanceOf(Checkout);
      expect(one).not.toBe(two);
      expect(one.rates).toBe(two.rates);
      expect(one.session).not.toBe(two.session);
      await Promise.all([first.dispose(), second.dispose()]);
    });

    it('disposes what a scope made, and that alone', async () => {
      const [first, second] = [adapter.createScope(), adapter.createScope()];
      const [one] = [await first.resolve(Checkout), await second.resolve(Checkout)];
      await first.dispose();
      expect(Session.disposed).toEqual([one.session]);
      await second.dispose();
      expect(Session.disposed).toHaveLength(2);
    });

    it('disposes a scope that made nothing', async () => {
      await adapter.createScope().dispose();
      expect(Session.disposed).toEqual([]);
    });

    it('does not resolve what it cannot', async () => {
      const scope = adapter.createScope();
      await expect((async () => scope.resolve(NeedsMore))()).rejects.toThrow(/missing/i);
    });

    it('registers one instance of a class at a time', () => {
      const [one, two] = [new Rates(), new Rates()];
      class Token {}
      adapter.register(Token, one);
      expect(container.injected(Token)).toBe(one);
      expect(() => adapter.register(Token, two)).toThrow(ConfigurationError);
      adapter.unregister(Token);
      adapter.register(Token, two);
      expect(container.injected(Token)).toBe(two);
      adapter.unregister(Token);
    });

    describe('behind a runner', () => {
      const create = (...workflows: InjectableClass[]): Promise<WorkflowRunner> =>
        WorkflowRunner.create({ workflows, database: 'memory:', container: adapter, logger: new MemoryLogger() });

      it('makes an instance for each attempt, and disposes it after the method', async () => {
        const runner = await create(Checkout);
        expect(container.injected(WorkflowRunner as never)).toBe(runner);
        expect(await runner.run(Checkout, 'main', 10)).toEqual({ dollars: 11, lines: 1 });
        await runner.close();
        expect(Checkout.instances).toHaveLength(2);
        expect(Session.disposed).toHaveLength(2);
        // The token is free again.
        await (await create(Checkout)).close();
      });

      it('fails the task, and not the worker, when something cannot be resolved', async () => {
        const runner = await create(NeedsMore, Checkout);
        await expect(runner.run(NeedsMore, 'main')).rejects.toThrow(/missing/i);
        expect(await runner.run(Checkout, 'main', 10)).toMatchObject({ dollars: 11 });
        await runner.close();
      });
    });
  });
}
