import 'reflect-metadata';
import { container as globalContainer, inject, injectable, singleton } from 'tsyringe';
import type { DependencyContainer } from 'tsyringe';
import { Flow, Task, Typeflow, Workflow, WorkflowRunner, registerTypeflow } from '../../src';
import type { TaskContext } from '../../src';
import { MemoryLogger } from '../fixtures/memory-logger';

class Counter {
  #count = 0;
  next(): number {
    return ++this.#count;
  }
}

let instances = 0;

@Workflow()
class InjectedWorkflow {
  readonly instance = ++instances;

  constructor(
    private readonly counter: Counter,
    @inject('greeting') private readonly greeting: string,
  ) {}

  @Task()
  async first(): Promise<{ instance: number; count: number }> {
    return { instance: this.instance, count: this.counter.next() };
  }

  @Task({ dependsOn: ['first'] })
  async second(): Promise<{ instance: number; count: number }> {
    return { instance: this.instance, count: this.counter.next() };
  }

  @Flow({ dependsOn: ['first', 'second'] })
  async main(
    first: { instance: number; count: number },
    second: { instance: number; count: number },
    _ctx: TaskContext<void>,
  ): Promise<{ greeting: string; counts: number[]; instances: number }> {
    const seen = new Set([first.instance, second.instance, this.instance]);
    return { greeting: this.greeting, counts: [first.count, second.count], instances: seen.size };
  }
}

@Workflow({ name: 'loud-workflow' })
class LoudWorkflow extends InjectedWorkflow {
  @Task({ dependsOn: ['first'] })
  override async second(): Promise<{ instance: number; count: number }> {
    return { instance: this.instance, count: 1_000 };
  }
}

let container: DependencyContainer;
let runner: WorkflowRunner | undefined;

beforeEach(() => {
  container = globalContainer.createChildContainer();
  container.register('greeting', { useValue: 'hello' });
});

afterEach(async () => {
  await runner?.close();
  runner = undefined;
});

describe('workflow classes from a container', () => {
  it('are injected, one instance per attempt; a singleton is shared', async () => {
    container.registerSingleton(Counter);
    runner = await WorkflowRunner.create({ workflows: [InjectedWorkflow], database: 'memory:', container });
    expect(await runner.run(InjectedWorkflow, 'main')).toEqual({ greeting: 'hello', counts: [1, 2], instances: 3 });
  });

  it('may extend one another: a subclass overrides tasks and inherits what is injected', async () => {
    container.registerSingleton(Counter);
    const workflows = [InjectedWorkflow, LoudWorkflow];
    runner = await WorkflowRunner.create({ workflows, database: 'memory:', container });
    expect(await runner.run(LoudWorkflow, 'main')).toEqual({ greeting: 'hello', counts: [1, 1_000], instances: 3 });
    expect(await runner.run(InjectedWorkflow, 'main')).toMatchObject({ counts: [2, 3] });
  });

  it('fail their task, not the worker, when something cannot be resolved', async () => {
    const empty = globalContainer.createChildContainer();
    runner = await WorkflowRunner.create({ workflows: [InjectedWorkflow], database: 'memory:', container: empty });
    await expect(runner.run(InjectedWorkflow, 'main')).rejects.toThrow(/greeting/);
  });
});

describe('a runner that is registered at the root of an application', () => {
  @injectable()
  class OrderService {
    constructor(readonly runner: WorkflowRunner) {}
  }
  const options = { workflows: [InjectedWorkflow], database: 'memory:', logger: new MemoryLogger() };

  it('can be injected once it is started, and no more when it is closed', async () => {
    container.registerSingleton(Counter);
    const typeflow = registerTypeflow(container, options);
    expect(container.resolve(Typeflow)).toBe(typeflow);
    const tooEarly = container.createChildContainer();
    expect(() => tooEarly.resolve(OrderService)).toThrow(
      /WorkflowRunner is not started yet: await the start\(\) of Typeflow/,
    );
    const [one, two] = await Promise.all([typeflow.start(), typeflow.start()]);
    expect(one).toBe(two);
    expect(container.resolve(OrderService).runner).toBe(one);
    expect(await one.run(InjectedWorkflow, 'main')).toMatchObject({ greeting: 'hello' });
    await Promise.all([typeflow.close(), typeflow.close()]);
    expect(container.isRegistered(WorkflowRunner as never)).toBe(false);
    expect(container.isRegistered(Typeflow)).toBe(false);
    await expect(typeflow.start()).rejects.toMatchObject({ code: 'CONFIGURATION_INVALID' });
    // The container is free again.
    await registerTypeflow(container, options).close();
  });

  it('is tried anew after a start that failed', async () => {
    const database = 'postgres://127.0.0.1:1/none';
    const typeflow = registerTypeflow(container, { ...options, database });
    await expect(typeflow.start()).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' });
    expect(() => container.resolve(OrderService)).toThrow(/WorkflowRunner could not be started/);
    await expect(typeflow.start()).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' });
    await typeflow.close();
  });

  it('is the only one of its container', async () => {
    const typeflow = registerTypeflow(container, options);
    expect(() => registerTypeflow(container, options)).toThrow(/already holds a Typeflow/);
    await expect(WorkflowRunner.create({ ...options, container })).rejects.toThrow(/already holds a WorkflowRunner/);
    await typeflow.close();
  });
});

describe('the runner in its container', () => {
  it('is injected into application classes, and is gone after close', async () => {
    @singleton()
    class OrderService {
      constructor(readonly runner: WorkflowRunner) {}
    }
    runner = await WorkflowRunner.create({ workflows: [InjectedWorkflow], database: 'memory:', container });
    expect(container.resolve(OrderService).runner).toBe(runner);
    await runner.close();
    expect(container.isRegistered(WorkflowRunner as never)).toBe(false);
  });

  it('is the only one: a second runner needs a container of its own, and shares nothing with the first', async () => {
    runner = await WorkflowRunner.create({ workflows: [InjectedWorkflow], database: 'memory:', container });
    await expect(WorkflowRunner.create({ workflows: [], database: 'memory:', container })).rejects.toThrow(
      /already holds a WorkflowRunner/,
    );
    const other = await WorkflowRunner.create({
      workflows: [InjectedWorkflow],
      database: 'memory:',
      container: container.createChildContainer(),
    });
    const handle = await runner.start(InjectedWorkflow, 'main');
    expect(await other.get(handle.id)).toBeUndefined();
    await other.close();
    expect(await handle.result()).toMatchObject({ greeting: 'hello' });
  });

  it('is not registered when it could not be created', async () => {
    await expect(WorkflowRunner.create({ workflows: [], database: 'mysql://x', container })).rejects.toMatchObject({
      code: 'CONFIGURATION_INVALID',
    });
    await expect(
      WorkflowRunner.create({
        workflows: [],
        database: 'postgres://127.0.0.1:1/none',
        container,
        logger: new MemoryLogger(),
      }),
    ).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' });
    expect(container.isRegistered(WorkflowRunner as never)).toBe(false);
  });
});
