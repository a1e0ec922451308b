import { Flow, Task, Workflow, WorkflowRunner, defineWorkflow } from 'typeflow';
import type { RunnerOptions, TaskContext } from 'typeflow';
import { tasks } from './engine';
import type { Engine, OpenEngine, Value } from './engine';

/** 60 s is the default of an attempt; without a bound no policy stands around the call. */
type Timeout = '60s' | false;

function decoratedDiamond(name: string, timeout: Timeout) {
  @Workflow({ name, defaults: { task: { timeout }, flow: { timeout } } })
  class Diamond {
    @Task()
    async a(input: number): Promise<Value> {
      return tasks.a(input);
    }

    @Task({ dependsOn: ['a'] })
    async b(a: Value): Promise<Value> {
      return tasks.b(a);
    }

    @Task({ dependsOn: ['a'] })
    async c(a: Value): Promise<Value> {
      return tasks.c(a);
    }

    @Task({ dependsOn: ['b', 'c'] })
    async d(b: Value, c: Value): Promise<Value> {
      return tasks.d(b, c);
    }

    @Flow({ dependsOn: ['d'] })
    async e(d: Value, _ctx: TaskContext<number>): Promise<Value> {
      return tasks.e(d);
    }
  }
  return Diamond;
}

function definedDiamond(name: string, timeout: Timeout) {
  return defineWorkflow(name, { defaults: { task: { timeout }, flow: { timeout } } })
    .task('a', tasks.a)
    .task('b', { dependsOn: ['a'] }, tasks.b)
    .task('c', { dependsOn: ['a'] }, tasks.c)
    .task('d', { dependsOn: ['b', 'c'] }, tasks.d)
    .flow('e', { dependsOn: ['d'] }, async (d, _ctx: TaskContext<number>) => tasks.e(d))
    .build();
}

async function openDecorated(timeout: Timeout): Promise<OpenEngine> {
  const diamond = decoratedDiamond('decorated', timeout);
  const runner = await WorkflowRunner.create({ workflows: [diamond], database: 'memory:' });
  return { run: async (input) => (await runner.run(diamond, 'e', input)).calls, close: () => runner.close() };
}

export async function openDefined(timeout: Timeout, options: Partial<RunnerOptions> = {}): Promise<OpenEngine> {
  const diamond = definedDiamond('defined', timeout);
  const runner = await WorkflowRunner.create({ ...options, workflows: [diamond], database: 'memory:' });
  return { run: async (input) => (await runner.run(diamond, 'e', input)).calls, close: () => runner.close() };
}

/** Typeflow on the memory store: as a decorated class and built with `defineWorkflow`, without and with the default timeout. */
export const typeflowEngines: readonly Engine[] = [
  { name: 'typeflow, class, timeout: false', open: () => openDecorated(false) },
  { name: 'typeflow, class, default timeout', open: () => openDecorated('60s') },
  { name: 'typeflow, defineWorkflow, timeout: false', open: () => openDefined(false) },
  { name: 'typeflow, defineWorkflow, default timeout', open: () => openDefined('60s') },
];
