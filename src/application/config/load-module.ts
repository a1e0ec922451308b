import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ApplicationNotLoadedError } from '../../core/errors/definition-error';
import { registerTypeScript } from './register-typescript';

/**
 * What a module exports. CommonJS is required, so that it shares its modules with us; what only `import` can load is imported.
 *
 * @throws ApplicationNotLoadedError with what the module threw as its cause
 */
export async function loadModule(file: string): Promise<unknown> {
  const isTypeScript = /\.[mc]?ts$/.test(file);
  if (isTypeScript && !hasNativeTypes(file)) registerTypeScript(file);
  try {
    return await requireOrImport(file);
  } catch (error) {
    if (isTypeScript && isCode(error, 'ERR_UNKNOWN_FILE_EXTENSION'))
      throw new ApplicationNotLoadedError(noModule(file));
    throw new ApplicationNotLoadedError(`${file} could not be loaded: ${said(error)}`, { cause: error });
  }
}

async function requireOrImport(file: string): Promise<unknown> {
  if (!/\.m[jt]s$/.test(file)) {
    try {
      return createRequire(file)(file) as unknown;
    } catch (error) {
      if (!isCode(error, 'ERR_REQUIRE_ESM') && !isCode(error, 'ERR_REQUIRE_ASYNC_MODULE')) throw error;
    }
  }
  return import(pathToFileURL(file).href);
}

/** A module for `import` alone, and a Node that strips types by itself: enough where no decorator is used. */
function hasNativeTypes(file: string): boolean {
  return file.endsWith('.mts') && Boolean((process.features as { readonly typescript?: unknown }).typescript);
}

function noModule(file: string): string {
  return (
    `${path.basename(file)} is an ES module in TypeScript, which this Node cannot load with decorators; name it typeflow.config.cts ` +
    `and let it be CommonJS, or compile your sources and let a typeflow.config.js import what that makes`
  );
}

export function isCode(error: unknown, code: string): boolean {
  return Object(error).code === code;
}

export function said(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
