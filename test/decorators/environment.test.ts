import ts from 'typescript';
import { EnvironmentError } from '../../src/core/errors/definition-error';
import { Compensate } from '../../src/decorators/compensate';
import { definitionOf } from '../../src/decorators/definition-of';
import { Flow } from '../../src/decorators/flow';
import { Task } from '../../src/decorators/task';
import { Workflow } from '../../src/decorators/workflow';
import type { Class } from '../../src/decorators/workflow-definition';

const library = { Workflow, Task, Flow, Compensate, inject };

/** What a container's parameter decorator does. */
function inject(token: string) {
  return (target: object, _name: string | symbol | undefined, position: number): void => {
    Reflect.defineMetadata('container:tokens', { [position]: token }, target);
  };
}

/** Compiles and runs a class as a project with these options would. */
function compile(source: string, options: ts.CompilerOptions): Class {
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.CommonJS, ...options },
  });
  // The only way to see another compiler's output at work.
  const run = new Function(...Object.keys(library), `${outputText}; return W;`) as (...args: unknown[]) => Class;
  return run(...Object.values(library));
}

const legacy = { experimentalDecorators: true, emitDecoratorMetadata: true };
const withParameter = '@Workflow() class W { constructor(date: Date) {} @Flow() main() {} }';

describe('the environment', () => {
  it('is right with experimentalDecorators and emitDecoratorMetadata', () => {
    expect(definitionOf(compile(withParameter, legacy)).graph.name).toBe('w');
  });

  it.each([
    ['@Workflow', '@Workflow() class W {}'],
    ['@Task', 'class W { @Task() a() {} }'],
    ['@Flow', 'class W { @Flow() a() {} }'],
    ['@Compensate', "class W { @Compensate('a') b() {} }"],
    ['a decorated field', 'class W { @Task() a = () => 1; }'],
  ])('is refused at once by %s compiled for standard decorators', (_, source) => {
    expect(() => compile(source, {})).toThrow(EnvironmentError);
    expect(() => compile(source, {})).toThrow('set "experimentalDecorators": true');
  });

  it('is refused when a constructor has parameters that nothing describes', () => {
    const compiled = compile(withParameter, { experimentalDecorators: true });
    expect(() => definitionOf(compiled)).toThrow(EnvironmentError);
    expect(() => definitionOf(compiled)).toThrow('set "emitDecoratorMetadata": true');
  });

  it('needs no metadata without constructor parameters', () => {
    expect(
      definitionOf(compile('@Workflow() class W { @Flow() main() {} }', { experimentalDecorators: true })).graph.name,
    ).toBe('w');
  });

  it('needs no metadata where parameters name their tokens', () => {
    const source = "@Workflow() class W { constructor(@inject('date') date: Date) {} @Flow() main() {} }";
    expect(definitionOf(compile(source, { experimentalDecorators: true })).graph.name).toBe('w');
  });

  it('takes the metadata of a parent whose constructor is inherited', () => {
    const source = 'class P { constructor(date: Date) {} @Flow() main() {} } @Workflow() class W extends P {}';
    expect(definitionOf(compile(source, legacy)).graph.name).toBe('w');
  });
});
