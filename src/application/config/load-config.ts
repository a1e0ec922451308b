import { ApplicationNotLoadedError } from '../../core/errors/definition-error';
import type { ApplicationConfig } from '../define-config';
import { EXAMPLE, checkConfig } from './check-config';
import { requireConfig } from './find-config';
import { loadModule, said } from './load-module';

/** An application and where it stands. */
export interface LoadedApplication {
  /** Its absolute path. */
  readonly file: string;
  readonly config: ApplicationConfig;
}

/**
 * Loads the application of a folder: `typeflow.config.ts`, or `.mts`, `.cts`, `.js`, `.mjs`, `.cjs`, in that folder alone, or the file that is named. It
 * exports an application as `default`, as `config`, or as `module.exports`; or a function that makes one, which is called once. TypeScript needs `ts-node` and
 * `typescript` in the project, and CommonJS.
 *
 * @example const { config } = await loadConfig({ folder: process.cwd() });
 * @throws ApplicationNotLoadedError
 */
export async function loadConfig(from: {
  readonly folder: string;
  readonly file?: string;
}): Promise<LoadedApplication> {
  const file = requireConfig(from.folder, from.file);
  const exported = exportedBy(await loadModule(file));
  if (exported === undefined)
    throw new ApplicationNotLoadedError(`${file} exports no application: write one as its default export, ${EXAMPLE}`);
  return { file, config: checkConfig(file, typeof exported === 'function' ? await made(file, exported) : exported) };
}

async function made(file: string, make: unknown): Promise<unknown> {
  try {
    return await (make as () => unknown)();
  } catch (error) {
    throw new ApplicationNotLoadedError(`the function that ${file} exports threw ${said(error)}`, { cause: error });
  }
}

/** `default` of a module; what `import` makes of CommonJS has that of the module in a `default` of its own. */
function exportedBy(module: unknown, depth = 0): unknown {
  if (typeof module === 'function') return module;
  if (typeof module !== 'object' || module === null) return undefined;
  const { default: byDefault, config } = module as { readonly default?: unknown; readonly config?: unknown };
  if (byDefault !== undefined) return depth < 2 && isModule(byDefault) ? exportedBy(byDefault, depth + 1) : byDefault;
  if (config !== undefined) return config;
  return Object.keys(module).length > 0 ? module : undefined;
}

function isModule(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || 'workflows' in value) return false;
  return 'default' in value || 'config' in value;
}
