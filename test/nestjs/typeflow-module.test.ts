import { Injectable, Module } from '@nestjs/common';
import type { DynamicModule, OnApplicationBootstrap, OnModuleInit, Type } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { TestingModule } from '@nestjs/testing';
import { Flow, Workflow, WorkflowRunner, defineWorkflow } from 'typeflow';
import type { TaskContext } from 'typeflow';
import { NestContainer, TypeflowModule } from 'typeflow/nestjs';
import { createTestRunner } from 'typeflow/testing';
import { MemoryLogger } from '../fixtures/memory-logger';
import { Checkout, Counting, Rates, Session, SessionWorkflow, Transient } from './workflows';

const logger = new MemoryLogger();
const root = (): DynamicModule => TypeflowModule.forRoot({ database: 'memory:', logger });
const currency = { provide: 'currency', useValue: 'USD' };

@Module({ imports: [TypeflowModule.forFeature([Checkout])], providers: [Rates, currency] })
class CheckoutModule {}

@Injectable()
class CheckoutService {
  constructor(readonly runner: WorkflowRunner) {}
}

/** Injects the runner from far away: it is global. */
@Module({ providers: [CheckoutService] })
class ServiceModule {}

let app: TestingModule | undefined;

async function create(...imports: (Type | DynamicModule)[]): Promise<TestingModule> {
  const module = await Test.createTestingModule({ imports }).compile();
  // One that does not come up has nothing to close.
  await module.init();
  return (app = module);
}

beforeEach(() => {
  Checkout.made = 0;
  Session.made = 0;
  logger.lines.length = 0;
});

afterEach(async () => {
  await app?.close();
  app = undefined;
});

describe('workflow classes in Nest', () => {
  it('are made of the providers of the module that declares them, one instance for each attempt', async () => {
    const module = await create(root(), CheckoutModule, ServiceModule);
    const { runner } = module.get(CheckoutService, { strict: false });
    expect(runner).toBeInstanceOf(WorkflowRunner);
    // Once, to see that it can be made.
    expect(Checkout.made).toBe(1);
    expect(await runner.run(Checkout, 'main', 10)).toBe('11.00 USD');
    expect(Checkout.made).toBe(3);
  });

  it('get what is scoped to a request once for each attempt', async () => {
    const feature = { module: class SessionModule {}, providers: [Session] };
    const module = await create(root(), { ...feature, imports: [TypeflowModule.forFeature([SessionWorkflow])] });
    const made = Session.made;
    expect(await module.get(WorkflowRunner).run(SessionWorkflow, 'main')).toEqual([1, 1, undefined]);
    expect(Session.made - made).toBe(2);
  });

  it('have the scope of the provider where they are one: shared by default, made anew when transient', async () => {
    const feature = { module: class CountingModule {}, providers: [Counting, Transient] };
    const imports = [TypeflowModule.forFeature([Counting, Transient])];
    const module = await create(root(), { ...feature, imports });
    const runner = module.get(WorkflowRunner);
    expect(await runner.run(Counting, 'main')).toEqual([1, 2]);
    expect(module.get(Counting, { strict: false }).calls).toBe(2);
    expect(await runner.run(Transient, 'main')).toEqual([1, 1]);
  });

  it('may be another provider of the application, and are made where they are one', async () => {
    const home = { module: class HomeModule {}, providers: [Checkout, Rates, currency] };
    const module = await create(root(), home, TypeflowModule.forFeature([Checkout]));
    expect(await module.get(WorkflowRunner).run(Checkout, 'main', 10)).toBe('11.00 USD');
    expect(Checkout.made).toBe(1);
  });

  it('are not needed: what was defined without a class is declared the same way', async () => {
    const greet = defineWorkflow<string>('greet')
      .flow('main', (name) => `hello ${name}`)
      .build();
    const module = await create(root(), TypeflowModule.forFeature([greet]));
    expect(await module.get(WorkflowRunner).run(greet, 'main', 'Ann')).toBe('hello Ann');
  });

  it('can be tried in virtual time, with what Nest injects', async () => {
    app = await Test.createTestingModule({ imports: [root(), CheckoutModule] })
      .overrideProvider(Rates)
      .useValue({ euro: 2 })
      .compile();
    const t = await createTestRunner({ workflows: [Checkout], container: app.get(NestContainer) });
    expect(await t.run(Checkout, 'main', 10)).toBe('20.00 USD');
    expect(await t.runTask(Checkout, 'convert', 5)).toBe(10);
    await t.close();
  });
});

describe('the life of the runner in Nest', () => {
  it('can be used in constructors and hooks, and executes runs once the application is bootstrapped', async () => {
    const seen: string[] = [];
    @Injectable()
    class Early implements OnModuleInit, OnApplicationBootstrap {
      run: Promise<string>;
      constructor(readonly runner: WorkflowRunner) {
        this.run = runner.start(Checkout, 'main', 10).then((run) => run.id);
      }
      async onModuleInit(): Promise<void> {
        seen.push((await this.runner.get(await this.run))?.status ?? 'none');
        await new Promise((resolve) => setTimeout(resolve, 5));
        seen.push((await this.runner.get(await this.run))?.status ?? 'none');
      }
      async onApplicationBootstrap(): Promise<void> {
        seen.push(await (this.runner.result(await this.run) as Promise<string>));
      }
    }
    await create(root(), CheckoutModule, { module: class EarlyModule {}, providers: [Early] });
    expect(seen).toEqual(['PENDING', 'PENDING', '11.00 USD']);
  });

  it('lets a run that is being executed end when the application is closed', async () => {
    let finish: () => void = () => undefined;
    let tell: () => void = () => undefined;
    const called = new Promise<void>((resolve) => (tell = resolve));
    @Workflow({ name: 'slow' })
    class Slow {
      @Flow()
      async main(): Promise<string> {
        tell();
        await new Promise<void>((resolve) => (finish = resolve));
        return 'done';
      }
    }
    const module = await create(root(), TypeflowModule.forFeature([Slow]));
    const runner = module.get(WorkflowRunner);
    const run = await runner.start(Slow, 'main');
    const seen = run.result();
    await called;
    const closing = module.close();
    finish();
    expect(await seen).toBe('done');
    await closing;
    await expect(runner.start(Slow, 'main')).rejects.toMatchObject({ code: 'RUNNER_CLOSED' });
  });

  it('tells whoever waits for a run in an application that is not bootstrapped', async () => {
    const module = await Test.createTestingModule({ imports: [root(), CheckoutModule] }).compile();
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
    const waiting = module.get(WorkflowRunner).run(Checkout, 'main', 10);
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    jest.advanceTimersByTime(5_000);
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    jest.useRealTimers();
    expect(logger.lines.map(({ message }) => message)).toEqual([
      expect.stringMatching(/still waiting for the result of the run: .* no worker is alive/),
    ]);
    await Promise.all([expect(waiting).rejects.toMatchObject({ code: 'RUNNER_CLOSED' }), module.close()]);
  });

  it('is not connected at all where a test overrides it', async () => {
    const calls: unknown[] = [];
    app = await Test.createTestingModule({
      imports: [
        TypeflowModule.forRoot({ database: 'postgres://127.0.0.1:1/none', logger }),
        CheckoutModule,
        ServiceModule,
      ],
    })
      .overrideProvider(WorkflowRunner)
      .useValue({ start: (...args: unknown[]) => calls.push(args) })
      .compile();
    await app.init();
    await app.get(CheckoutService, { strict: false }).runner.start(Checkout, 'main', 1);
    expect(calls).toEqual([[Checkout, 'main', 1]]);
  });

  it('is made of options that other providers are needed for', async () => {
    const settings = { module: class SettingsModule {}, providers: [{ provide: 'settings', useValue: 'memory:' }] };
    const module = await create(
      TypeflowModule.forRootAsync({
        imports: [{ ...settings, exports: ['settings'] }],
        inject: ['settings'],
        useFactory: async (database: string) => ({ database, logger }),
      }),
      CheckoutModule,
    );
    expect(await module.get(WorkflowRunner).run(Checkout, 'main', 10)).toBe('11.00 USD');
  });

  it('is one for each application: two in one process share nothing', async () => {
    const one = await create(root(), CheckoutModule);
    const two = await Test.createTestingModule({ imports: [root(), CheckoutModule] }).compile();
    await two.init();
    const run = await one.get(WorkflowRunner).start(Checkout, 'main', 10);
    expect(await two.get(WorkflowRunner).get(run.id)).toBeUndefined();
    await two.close();
    expect(await run.result()).toBe('11.00 USD');
  });
});

describe('what is wrong is told when the application starts', () => {
  it.each([
    [
      'a definition, before the database is touched',
      () => {
        @Workflow({ name: 'wrong' })
        class Wrong {
          @Flow({ dependsOn: ['nothing' as never] })
          main(_ctx: TaskContext<void>): void {}
        }
        return [
          TypeflowModule.forRoot({ database: 'postgres://127.0.0.1:1/none' }),
          TypeflowModule.forFeature([Wrong]),
        ];
      },
      { code: 'DEFINITION_INVALID', message: expect.stringContaining('"nothing"') },
    ],
    [
      'a database that does not answer',
      () => [TypeflowModule.forRoot({ database: 'postgres://127.0.0.1:1/none', logger }), CheckoutModule],
      { code: 'DATABASE_UNREACHABLE' },
    ],
    [
      'a class that needs what its module does not have',
      () => [root(), TypeflowModule.forFeature([Checkout])],
      { message: expect.stringMatching(/can't resolve dependencies of the Checkout \(\?, currency\)/) },
    ],
    [
      'a class that two modules declare',
      () => [
        root(),
        CheckoutModule,
        { module: class OtherModule {}, imports: [TypeflowModule.forFeature([Checkout])] },
      ],
      { code: 'CONFIGURATION_INVALID', message: expect.stringMatching(/by CheckoutModule and OtherModule/) },
    ],
    [
      'a second root',
      () => [root(), root()],
      { code: 'CONFIGURATION_INVALID', message: expect.stringMatching(/stands in 2 places/) },
    ],
    [
      'a feature that is no array',
      () => [root(), TypeflowModule.forFeature(Checkout as never)],
      { code: 'CONFIGURATION_INVALID', message: 'TypeflowModule.forFeature takes an array of workflows, got function' },
    ],
    [
      'a feature without a root',
      () => [CheckoutModule],
      { code: 'CONFIGURATION_INVALID', message: expect.stringMatching(/import TypeflowModule.forRoot/) },
    ],
  ])('%s', async (_what, imports, error) => {
    await expect((async () => create(...(imports() as Type[])))()).rejects.toMatchObject(error);
  });
});
