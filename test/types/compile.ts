import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const FIXTURES = join(__dirname, 'fixtures');
const ROOT = join(__dirname, '..', '..');

/** A line that must not compile, and a part of what the compiler must say there. */
export interface Expectation {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly fragment: string;
}

/** Something the compiler said. */
export interface Complaint {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

/** The files of a folder of fixtures, absolute. */
export function fixturesIn(folder: string): string[] {
  const path = join(FIXTURES, folder);
  return readdirSync(path).map((name) => join(path, name));
}

/** Every `// expect: fragment` of a file, with the line that follows it. */
export function expectationsIn(file: string): Expectation[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((text, i) => {
      const fragment = /^\s*\/\/ expect: (.+)$/.exec(text)?.[1];
      return fragment === undefined ? [] : [{ file, line: i + 2, fragment }];
    });
}

/**
 * A program over these files with the project's own compiler options.
 *
 * @param made files that are not on disk, by absolute path
 */
export function createProgram(files: readonly string[], made: ReadonlyMap<string, string> = new Map()): ts.Program {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile) as {
    config: { compilerOptions: object };
  };
  const project = ts.convertCompilerOptionsFromJson(config.compilerOptions, ROOT).options;
  const options = { ...project, types: ['node'], noUnusedLocals: false, noUnusedParameters: false };
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile } = host;
  host.fileExists = (path) => made.has(path) || fileExists(path);
  host.readFile = (path) => made.get(path) ?? readFile(path);
  return ts.createProgram([...files, ...made.keys()], options, host);
}

/** What the compiler says about one of the program's files. */
export function complaintsAbout(program: ts.Program, file: string): Complaint[] {
  const source = program.getSourceFile(file);
  return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map((diagnostic) => ({
    file,
    line: (source?.getLineAndCharacterOfPosition(diagnostic.start ?? 0).line ?? -1) + 1,
    text: ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n').replaceAll('\\"', '"'),
  }));
}
