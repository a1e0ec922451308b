import path from 'node:path';
import ts from 'typescript';
import type { DocsProgram } from './code-blocks';

/**
 * What the compiler has to say about programs of the docs: each is an ES module of its own beside the project's tsconfig.json, so
 * that `await` may stand at the top and `typeflow` is src/index.ts.
 */
export function typeErrors(root: string, programs: readonly DocsProgram[]): string[] {
  const options = { ...readOptions(root), noUnusedLocals: false, noUnusedParameters: false };
  const texts = new Map(programs.map((program, index) => [path.join(root, `docs-program-${index}.mts`), program]));
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  const textOf = (file: string): string | undefined => {
    const program = texts.get(path.normalize(file));
    return program && `${program.code}\nexport {};\n`;
  };
  host.fileExists = (file) => textOf(file) !== undefined || fileExists(file);
  host.readFile = (file) => textOf(file) ?? readFile(file);
  host.getSourceFile = (file, version, ...rest) => {
    const text = textOf(file);
    return text === undefined ? getSourceFile(file, version, ...rest) : ts.createSourceFile(file, text, version, true);
  };
  const compiler = ts.createProgram([...texts.keys()], options, host);
  return [...texts].flatMap(([file, { where }]) => {
    const source = compiler.getSourceFile(file);
    const found = [...compiler.getSyntacticDiagnostics(source), ...compiler.getSemanticDiagnostics(source)];
    return found.map((diagnostic) => `${where}, ${describe(diagnostic)}`);
  });
}

function readOptions(root: string): ts.CompilerOptions {
  const file = path.join(root, 'tsconfig.json');
  const { config } = ts.readConfigFile(file, (name) => ts.sys.readFile(name)) as { config: unknown };
  return { ...ts.parseJsonConfigFileContent(config, ts.sys, root).options, noEmit: true };
}

function describe({ file, start, messageText, code }: ts.Diagnostic): string {
  const line = file && start !== undefined ? file.getLineAndCharacterOfPosition(start).line + 1 : 0;
  return `line ${line} of the program: TS${code} ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
}
