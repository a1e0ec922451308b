import { realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { findConfig } from '../application/config/find-config';

/**
 * The command line of the Typeflow that an application imports, if that is another one than ours, as when ours is installed for all projects: in one
 * process there must not be two, whose classes would not know each other.
 */
export function localCommandLine(cwd: string): string | undefined {
  if (findConfig(cwd) === undefined) return undefined;
  try {
    const manifest = createRequire(path.join(cwd, 'package.json')).resolve('typeflow/package.json');
    const main = path.join(path.dirname(manifest), 'dist', 'cli', 'main.js');
    return realpathSync(main) === realpathSync(path.join(__dirname, 'main.js')) ? undefined : main;
  } catch {
    // It imports none, or none that is built: then there is but ours.
    return undefined;
  }
}
