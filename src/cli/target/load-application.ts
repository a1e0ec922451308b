import { findConfig } from '../../application/config/find-config';
import { loadConfig } from '../../application/config/load-config';
import type { ApplicationConfig } from '../../application/define-config';
import type { World } from '../world';

/** The application that is named, or that of the folder. @throws ApplicationNotLoadedError */
export async function loadApplication(world: World, file?: string): Promise<ApplicationConfig> {
  return (await loadConfig({ folder: world.cwd, ...(file !== undefined && { file }) })).config;
}

/** The same where a database may be named: its runs can be looked at without their code. */
export async function loadApplicationFor(
  database: string | undefined,
  world: World,
  file?: string,
): Promise<ApplicationConfig> {
  const isNeeded = database === undefined || file !== undefined || findConfig(world.cwd) !== undefined;
  return isNeeded ? loadApplication(world, file) : { workflows: [] };
}
