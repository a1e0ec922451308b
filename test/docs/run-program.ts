import ts from 'typescript';

const AsyncFunction = (async () => undefined).constructor as new (
  ...args: string[]
) => (require: (name: string) => unknown, exports: object, console: Pick<Console, 'log'>) => Promise<void>;

/** Runs a program of the docs, whose top level may await, and returns the lines that it logged. */
export async function runProgram(code: string, load: (name: string) => unknown): Promise<string> {
  const { outputText } = ts.transpileModule(code, {
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.CommonJS,
      esModuleInterop: true,
      experimentalDecorators: true,
      emitDecoratorMetadata: true,
    },
  });
  const lines: string[] = [];
  const log = (...values: unknown[]): void => void lines.push(values.map((value) => text(value)).join(' '));
  await new AsyncFunction('require', 'exports', 'console', outputText)(load, {}, { log });
  return lines.join('\n');
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
