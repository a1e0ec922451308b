import { DefinitionError } from '../../src/core/errors/definition-error';
import type { TaskContext } from '../../src/core/task-context';
import { Compensate } from '../../src/decorators/compensate';
import { defineWorkflow } from '../../src/decorators/define-workflow';
import type { WorkflowBuilder } from '../../src/decorators/define-workflow';
import { definitionOf } from '../../src/decorators/definition-of';
import { all, each, failed } from '../../src/decorators/edges';
import { Flow } from '../../src/decorators/flow';
import { Task } from '../../src/decorators/task';
import { Workflow } from '../../src/decorators/workflow';

interface Order {
  readonly lines: readonly string[];
}

function issuesOf(builder: unknown): string[] {
  try {
    (builder as WorkflowBuilder<unknown>).build();
    return [];
  } catch (error) {
    return (error as DefinitionError).issues.map(({ code, where }) => `${code} ${where}`);
  }
}

describe('defineWorkflow', () => {
  it('gives the graph that decorators give', () => {
    @Workflow({ name: 'orders', queue: 'q' })
    class Orders {
      @Task() lines(order: Order): readonly string[] {
        return order.lines;
      }
      @Task({ dependsOn: [each('lines')], retries: 2 }) pick(line: string): string {
        return line;
      }
      @Compensate('pick', { timeout: '5s' }) 'pick-compensation'(_: string): void {}
      @Task({ dependsOn: [failed('main')] }) alarm(): void {}
      @Flow({ dependsOn: [all('pick')] }) main(_picked: string[], _ctx: TaskContext<Order>): void {}
    }
    const built = defineWorkflow<Order>('orders', { queue: 'q' });
    const { graph } = built
      .task('lines', (order) => order.lines)
      .task('pick', { dependsOn: [each('lines')], retries: 2 }, (line) => line)
      .compensate('pick', { timeout: '5s' }, () => undefined)
      .task('alarm', { dependsOn: [failed('main' as string)] }, () => undefined)
      .flow('main', { dependsOn: [all('pick')] }, () => undefined)
      .build();
    expect(graph).toEqual(definitionOf(Orders).graph);
  });

  it('keeps the functions by name', () => {
    const first = (): number => 1;
    const undo = (): void => undefined;
    const { functions, target } = defineWorkflow('w')
      .flow('main', first)
      .task('a', first)
      .compensate('a', undo)
      .build();
    expect(target).toBeUndefined();
    expect([...(functions ?? [])]).toEqual([
      ['main', first],
      ['a', first],
      ['a-compensation', undo],
    ]);
  });

  it('is a definition that definitionOf returns as it is', () => {
    const definition = defineWorkflow('w')
      .flow('main', () => 1)
      .build();
    expect(definitionOf(definition)).toBe(definition);
    expect(() => definitionOf(defineWorkflow('w').flow('main', () => 1) as never)).toThrow('call .build()');
  });

  it('keeps what was built apart from what is added later', () => {
    const builder = defineWorkflow('w').flow('main', () => 1);
    const { graph, functions } = builder.build();
    builder.task('later', () => 1);
    expect([...graph.nodes.keys()]).toEqual(['main']);
    expect(functions?.has('later')).toBe(false);
    expect([...builder.build().graph.nodes.keys()]).toEqual(['main', 'later']);
  });

  it('reports everything that is wrong', () => {
    const builder = defineWorkflow('W', { queue: ' ' })
      .task('a', { dependsOn: ['zz' as string], retries: -1 }, () => 1)
      .task('b', 'not a function' as never)
      .task('b' as string, () => 1);
    expect(issuesOf(builder)).toEqual([
      'NOT_A_FUNCTION W.b',
      'INVALID_NAME W',
      'INVALID_OPTION W',
      'INVALID_OPTION W.a',
      'DUPLICATE_NAME W.b',
      'UNKNOWN_DEPENDENCY W.a',
      'NO_FLOW W',
    ]);
    expect(() => builder.build()).toThrow(DefinitionError);
  });

  it('counts parameters and checks compensations like decorators', () => {
    const builder = defineWorkflow('w')
      .flow('main', ((_a: unknown, _b: unknown, _c: unknown) => 1) as () => number)
      .compensate('zz' as string, () => 1);
    expect(issuesOf(builder)).toEqual(['TOO_MANY_PARAMETERS w.main', 'UNKNOWN_TASK w.zz-compensation']);
  });

  it('takes thousands of nodes from a loop', () => {
    const builder = defineWorkflow('chain');
    for (let i = 0; i < 5_000; i++)
      builder.task(`n${i}`, { dependsOn: i === 0 ? [] : [`n${i - 1}`] }, (before) => before);
    const { graph } = builder.flow('main', { dependsOn: [`n${4_999}`] }, () => 1).build();
    expect(graph.flows.get('main')?.order).toHaveLength(5_001);
  });

  it('survives names that objects have', () => {
    const { functions } = defineWorkflow('w')
      .task('__proto__', () => 1)
      .task('constructor', () => 2)
      .flow('toString', () => 3)
      .build();
    expect([...(functions?.keys() ?? [])]).toEqual(['__proto__', 'constructor', 'toString']);
  });

  it('says what a workflow without a name lacks', () => {
    expect(issuesOf(defineWorkflow(undefined as never).flow('main', () => 1))).toEqual(['INVALID_NAME undefined']);
  });
});
