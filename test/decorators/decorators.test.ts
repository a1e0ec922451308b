import { ArgumentError, DefinitionError } from '../../src/core/errors/definition-error';
import type { TaskContext } from '../../src/core/task-context';
import { Compensate } from '../../src/decorators/compensate';
import { definitionOf } from '../../src/decorators/definition-of';
import { all, each } from '../../src/decorators/edges';
import { Flow } from '../../src/decorators/flow';
import { Task } from '../../src/decorators/task';
import { Workflow } from '../../src/decorators/workflow';
import type { Class } from '../../src/decorators/workflow-definition';

const namesOf = (workflow: Class): string[] => [...definitionOf(workflow).graph.nodes.keys()];

function issuesOf(workflow: Class): string[] {
  try {
    definitionOf(workflow);
    return [];
  } catch (error) {
    return (error as DefinitionError).issues.map(({ code, where }) => `${code} ${where}`);
  }
}

@Workflow({ version: '2', defaults: { task: { retries: 1 } } })
class OrderWorkflow {
  @Task()
  items(order: { items: string[] }): string[] {
    return order.items;
  }

  @Task({ dependsOn: [each('items')], retries: 3 })
  reserve(item: string): number {
    return item.length;
  }

  @Compensate('reserve', { retries: 9 })
  release(_reserved: number): void {}

  @Flow({ dependsOn: [all('reserve')] })
  main(reserved: number[], _ctx: TaskContext<{ items: string[] }>): number {
    return reserved.length;
  }
}

describe('decorators', () => {
  it('define a graph', () => {
    const { graph, target } = definitionOf(OrderWorkflow);
    expect(target).toBe(OrderWorkflow);
    expect(graph).toMatchObject({ name: 'order-workflow', version: '2' });
    expect([...graph.nodes.values()].map(({ name, kind }) => `${kind} ${name}`)).toEqual([
      'task items',
      'task reserve',
      'compensation release',
      'flow main',
    ]);
    expect(graph.nodes.get('reserve')).toMatchObject({
      mapped: true,
      edges: [{ rule: 'each', from: 'items' }],
      options: { retries: { max: 3 } },
    });
    expect(graph.nodes.get('release')).toMatchObject({ compensates: 'reserve', options: { retries: { max: 9 } } });
  });

  it('build a definition once', () => {
    expect(definitionOf(OrderWorkflow)).toBe(definitionOf(OrderWorkflow));
    expect(definitionOf(definitionOf(OrderWorkflow))).toBe(definitionOf(OrderWorkflow));
  });

  it('leave methods as they are', () => {
    expect(new OrderWorkflow().items({ items: ['a'] })).toEqual(['a']);
  });

  describe('and inheritance', () => {
    class Base {
      @Task()
      first(_: string): number {
        return 1;
      }

      @Task({ dependsOn: ['first'], retries: 5 })
      second(first: number): number {
        return first;
      }

      @Flow({ dependsOn: ['second'] })
      main(second: number, _ctx: TaskContext<string>): number {
        return second;
      }
    }

    @Workflow()
    class Plain extends Base {}

    @Workflow()
    class Changed extends Base {
      @Task({ dependsOn: ['first'] })
      override second(first: number): number {
        return first + 1;
      }

      @Task()
      third(_: string): number {
        return 3;
      }
    }

    @Workflow()
    class Overridden extends Base {
      override second(first: number): number {
        return first + 2;
      }
    }

    @Workflow()
    class Promoted extends Changed {
      @Flow()
      override third(_: string): number {
        return 4;
      }
    }

    it('takes over the tasks of the parent', () => {
      expect(namesOf(Plain)).toEqual(['first', 'second', 'main']);
      expect(definitionOf(Plain).graph.name).toBe('plain');
    });

    it('replaces in place what the subclass decorates, adds the rest, and leaves the parent alone', () => {
      expect(namesOf(Changed)).toEqual(['first', 'second', 'main', 'third']);
      expect(definitionOf(Changed).graph.nodes.get('second')?.options.retries.max).toBe(0);
      expect(definitionOf(Plain).graph.nodes.get('second')?.options.retries.max).toBe(5);
      expect(namesOf(Plain)).toEqual(['first', 'second', 'main']);
    });

    it('keeps the record of a method that is overridden without a decorator', () => {
      expect(definitionOf(Overridden).graph.nodes.get('second')?.options.retries.max).toBe(5);
    });

    it('lets a subclass make a flow of a task', () => {
      expect(definitionOf(Promoted).graph.nodes.get('third')?.kind).toBe('flow');
      expect(definitionOf(Changed).graph.nodes.get('third')?.kind).toBe('task');
    });

    it('wants @Workflow on the class itself', () => {
      class Undecorated extends Plain {}
      expect(issuesOf(Undecorated)).toEqual(['NOT_A_WORKFLOW Undecorated']);
    });
  });

  describe('report', () => {
    it('everything that is wrong with a class, together', () => {
      class Wrong {
        @Task({ dependsOn: ['b'] as string[] })
        a(): void {}
        @Task({ dependsOn: ['a'] as string[], retries: -1 })
        b(): void {}
      }
      expect(issuesOf(Wrong)).toEqual([
        'NOT_A_WORKFLOW Wrong',
        'INVALID_OPTION Wrong.b',
        'CYCLE Wrong.a',
        'NO_FLOW Wrong',
      ]);
      expect(() => definitionOf(Wrong)).toThrow(
        /^workflow Wrong has 4 problems:\n {2}- Wrong: the class has no @Workflow/,
      );
    });

    it('a method that is a task and a flow', () => {
      @Workflow()
      class Twice {
        @Task()
        @Flow()
        main(): void {}
      }
      expect(issuesOf(Twice)).toEqual(['DUPLICATE_NAME Twice.main']);
    });

    it('what is no method of instances', () => {
      @Workflow()
      class Odd {
        @Flow()
        main(): void {}
      }
      const decorate = Task() as (target: object, name: string | symbol, descriptor?: PropertyDescriptor) => void;
      decorate(Odd, 'build', { value: () => 1 });
      decorate(Odd.prototype, 'field');
      decorate(Odd.prototype, 'getter', { get: () => 1 });
      decorate(Odd.prototype, Symbol('s'), { value: () => 1 });
      // The static one is recorded on the constructor of the constructor's own metadata: the class itself.
      expect(issuesOf(Odd)).toEqual([
        'NOT_A_METHOD Odd.build',
        'NOT_A_METHOD Odd.field',
        'NOT_A_METHOD Odd.getter',
        'INVALID_NAME Odd.Symbol(s)',
      ]);
    });

    it('methods with parameters that nothing fills', () => {
      @Workflow()
      class Greedy {
        @Flow({ dependsOn: [] as string[] })
        main(_input: string, _ctx: unknown, _more: unknown): void {}
      }
      expect(issuesOf(Greedy)).toEqual(['TOO_MANY_PARAMETERS Greedy.main']);
    });

    it('a class without a name', () => {
      const anonymous = Workflow()(class {} as Class) ?? class {};
      expect(issuesOf(anonymous)).toContain('NO_FLOW an anonymous class');
    });

    it('what is no workflow at all', () => {
      const ask = (value: unknown) => () => definitionOf(value as Class);
      expect(ask(undefined)).toThrow('got undefined, usually because two files import each other');
      expect(ask(null)).toThrow('got null');
      expect(ask('OrderWorkflow')).toThrow('got a value of type string');
      expect(ask(new OrderWorkflow())).toThrow(ArgumentError);
    });
  });
});
