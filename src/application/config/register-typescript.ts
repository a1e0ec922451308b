import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { ApplicationNotLoadedError } from '../../core/errors/definition-error';

/** What we use of ts-node. */
interface TsNode {
  register(options: {
    readonly transpileOnly: boolean;
    readonly cwd: string;
    readonly projectSearchDir: string;
    readonly compilerOptions: Readonly<Record<string, unknown>>;
  }): unknown;
}

/** What ts-node uses of a compiler, as far as it tells one that serves: TypeScript 7 has nothing of it. */
interface Compiler {
  readonly version?: unknown;
  readonly sys?: { readonly fileExists?: unknown };
}

let isRegistered = false;

/** The newest TypeScript need not be one that ts-node knows. */
const INSTALL = 'npm install --save-dev ts-node typescript@5';

const DECORATORS = { target: 'ES2022', experimentalDecorators: true, emitDecoratorMetadata: true, strict: true };

/**
 * From now on `require` takes TypeScript, compiled by the project's own ts-node and compiler, without a check of its types: that is for the editor
 * and for continuous integration. Unlike tools that rest on esbuild it keeps what decorators need to know of constructors.
 *
 * @throws ApplicationNotLoadedError where either is not installed, or they do not go together
 */
export function registerTypeScript(file: string): void {
  // Started under ts-node: what is there serves.
  if (isRegistered || Symbol.for('ts-node.register.instance') in process) return;
  const folder = path.dirname(file);
  const tsNode = findPackage('ts-node', folder) as TsNode;
  checkCompiler(findPackage('typescript', folder) as Compiler, folder);
  const options = existsSync(path.join(folder, 'tsconfig.json')) ? {} : DECORATORS;
  tsNode.register({
    transpileOnly: true,
    cwd: folder,
    projectSearchDir: folder,
    // Whatever a bundler is told of modules: here they are required.
    compilerOptions: { ...options, module: 'Node16', moduleResolution: 'Node16' },
  });
  isRegistered = true;
}

function checkCompiler({ version, sys }: Compiler, folder: string): void {
  if (typeof sys?.fileExists === 'function') return;
  throw new ApplicationNotLoadedError(
    `a configuration in TypeScript is compiled by ts-node, which cannot use TypeScript ${String(version)} of ${folder}: ` +
      `${INSTALL}, or write the configuration in JavaScript`,
  );
}

/** The project's own first: its compiler knows its `tsconfig.json`. */
function findPackage(name: string, folder: string): unknown {
  for (const from of [path.join(folder, 'package.json'), __filename]) {
    try {
      return createRequire(from)(name) as unknown;
    } catch (error) {
      if (Object(error).code !== 'MODULE_NOT_FOUND') throw error;
    }
  }
  throw new ApplicationNotLoadedError(
    `a configuration in TypeScript needs the package ${name}, which is not installed in ${folder}: ` +
      `${INSTALL}, or write the configuration in JavaScript`,
  );
}
