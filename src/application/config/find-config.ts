import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { ApplicationNotLoadedError } from '../../core/errors/definition-error';

/** In the order in which they are looked for: the source before what was compiled of it. */
const CONFIG_NAMES = ['ts', 'mts', 'cts', 'js', 'mjs', 'cjs'].map((ending) => `typeflow.config.${ending}`);

/** The configuration file of a folder, or `undefined`. Folders above it are not looked at: what is run is what stands here. */
export function findConfig(folder: string): string | undefined {
  return CONFIG_NAMES.map((name) => path.join(folder, name)).find((file) => existsSync(file));
}

/**
 * The file that was named, or the one of the folder.
 *
 * @throws ApplicationNotLoadedError
 */
export function requireConfig(folder: string, named?: string): string {
  if (named === undefined) {
    const found = findConfig(folder);
    if (found !== undefined) return found;
    throw new ApplicationNotLoadedError(
      `no application in ${folder}: expected one of ${CONFIG_NAMES.join(', ')} there (folders above are not searched); ` +
        `change into its folder, name the file with --config, or make a new application with typeflow init`,
    );
  }
  const file = path.resolve(folder, named);
  if (!existsSync(file) || !statSync(file).isFile())
    throw new ApplicationNotLoadedError(`no configuration file at ${file}: check the path after --config`);
  return file;
}
