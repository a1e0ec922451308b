import 'reflect-metadata';
import { Lifecycle, container as globalContainer } from 'tsyringe';
import { NonRetryableError, Flow, Workflow, WorkflowRunner } from '../../src';
import type { ContainerAdapter, ContainerScope, InjectableClass } from '../../src';
import { adapterOf } from '../../src/di/adapter-of';
import { TsyringeAdapter } from '../../src/di/tsyringe-adapter';
import { createTestRunner } from '../../src/testing';
import { MemoryLogger } from '../fixtures/memory-logger';
import { Checkout, Missing, NeedsMore, Rates, Session, describeContainer } from './contract/container-contract';
import { PlainContainer } from './contract/plain-container';

function plainContainer(): PlainContainer {
  return new PlainContainer()
    .add(Rates, 'shared', () => new Rates())
    .add(Session, 'scoped', () => new Session())
    .add(Checkout, 'scoped', async (scope) => new Checkout(await scope.resolve(Rates), await scope.resolve(Session)))
    .add(NeedsMore, 'scoped', async (scope) => new NeedsMore(await scope.resolve(Missing)));
}

describeContainer('the adapter to tsyringe', () => {
  const container = globalContainer.createChildContainer();
  container.registerSingleton(Rates);
  container.register(Session, { useClass: Session }, { lifecycle: Lifecycle.ContainerScoped });
  return { adapter: new TsyringeAdapter(container), injected: (token) => container.resolve(token) };
});

describeContainer('an adapter of one’s own', () => {
  const adapter = plainContainer();
  return { adapter, injected: (token) => adapter.recipes.get(token)?.make(undefined as never) };
});

describe('what is given as container', () => {
  it('is told apart by what it can do', () => {
    const adapter = new PlainContainer();
    expect(adapterOf(adapter)).toBe(adapter);
    expect(adapterOf(undefined)).toBeInstanceOf(TsyringeAdapter);
    expect(adapterOf(globalContainer.createChildContainer())).toBeInstanceOf(TsyringeAdapter);
  });

  it.each([
    ['a container of another library', { get: () => undefined }, /got something else/],
    ['null', null, /got something else/],
    ['an adapter that is not complete', { check() {}, createScope() {} }, /got an object without register, unregister/],
  ])('is refused when it is %s', async (_what, container, message) => {
    const creating = WorkflowRunner.create({ workflows: [], database: 'memory:', container: container as never });
    await expect(creating).rejects.toMatchObject({ code: 'CONFIGURATION_INVALID' });
    await expect(creating).rejects.toThrow(message);
  });
});

/** An adapter of which only the resolution matters. */
function resolvingBy(resolve: () => unknown): ContainerAdapter & ContainerScope {
  const adapter = {
    check: () => undefined,
    register: () => undefined,
    unregister: () => undefined,
    createScope: () => adapter,
    resolve: resolve as ContainerScope['resolve'],
    dispose: () => undefined,
  };
  return adapter;
}

const calls: string[] = [];

@Workflow({ name: 'then' })
class Thenable {
  @Flow()
  async main(): Promise<string> {
    calls.push('main');
    return 'called';
  }

  /** Makes an instance look like a promise. */
  then(): never {
    throw new Error('nobody should wait for a workflow');
  }
}

describe('a scope that answers with a promise', () => {
  const create = (container: ContainerAdapter, workflow: InjectableClass): Promise<WorkflowRunner> =>
    WorkflowRunner.create({ workflows: [workflow], database: 'memory:', container, logger: new MemoryLogger() });

  beforeEach(() => (calls.length = 0));

  it('fails the attempt by what it rejects with', async () => {
    const reject = resolvingBy(() => Promise.reject(new NonRetryableError('no such thing')));
    const runner = await create(reject, Checkout);
    await expect(runner.run(Checkout, 'main', 1)).rejects.toThrow('no such thing');
    await runner.close();
  });

  it('is not mistaken for an instance that has a method then', async () => {
    const runner = await create(
      resolvingBy(() => new Thenable()),
      Thenable,
    );
    expect(await runner.run(Thenable, 'main')).toBe('called');
    await runner.close();
  });

  it('calls nothing any more when the run was cancelled meanwhile', async () => {
    @Workflow({ name: 'slow-to-make' })
    class Slow {
      @Flow()
      async main(): Promise<void> {
        calls.push('main');
      }
    }
    let make: (instance: Slow) => void = () => undefined;
    let tell: () => void = () => undefined;
    const asked = new Promise<void>((resolve) => (tell = resolve));
    const adapter = resolvingBy(() => {
      tell();
      return new Promise<Slow>((resolve) => (make = resolve));
    });
    const runner = await create(adapter, Slow);
    const run = await runner.start(Slow, 'main');
    await asked;
    await run.cancel();
    make(new Slow());
    await expect(run.result()).rejects.toMatchObject({ code: 'RUN_CANCELLED' });
    await runner.close();
    expect(calls).toEqual([]);
  });
});

test('an instance without the method is an error that says what to do', async () => {
  const stub = resolvingBy(() => ({ other: 1 }));
  const options = { workflows: [Checkout], database: 'memory:', container: stub, logger: new MemoryLogger() };
  const runner = await WorkflowRunner.create(options);
  await expect(runner.run(Checkout, 'main', 1)).rejects.toThrow(
    /what the container has for Checkout is an object of class Object, which has no method "count"; register the class itself/,
  );
  await runner.close();
});

test('a test runner takes its classes from an adapter, and registers nothing in it', async () => {
  const container = plainContainer();
  const [one, two] = [
    await createTestRunner({ workflows: [Checkout], container }),
    await createTestRunner({ workflows: [Checkout], container }),
  ];
  expect(await one.run(Checkout, 'main', 10)).toEqual({ dollars: 11, lines: 1 });
  expect(await two.runTask(Checkout, 'count', 5)).toBe(5);
  expect(container.recipes.has(WorkflowRunner)).toBe(false);
  await one.close();
  await two.close();
});
