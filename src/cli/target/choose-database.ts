import type { MaintainedDatabase } from '../../runner/maintenance/maintain';
import { UsageError } from '../exit-codes';
import type { World } from '../world';
import { chooseTarget } from './choose-target';
import { loadApplicationFor } from './load-application';
import type { TargetOptions } from './options';

/** The database itself, for what no service does. @throws UsageError where a service is named */
export async function chooseDatabase(
  options: Pick<TargetOptions, 'config' | 'database'>,
  world: World,
  warn: (text: string) => void,
): Promise<MaintainedDatabase> {
  const { TYPEFLOW_URL: _, ...env } = world.env;
  const target = chooseTarget(options, { ...world, env }, warn);
  if (target.kind === 'service')
    throw new UsageError(`typeflow dev has the database of this folder open (${target.url}); stop it first`);
  const { database, schema, pooler } = await loadApplicationFor(target.database, world, options.config);
  const chosen = target.database ?? database;
  return {
    ...(chosen !== undefined && { database: chosen }),
    ...(schema !== undefined && { schema }),
    ...(pooler !== undefined && { pooler }),
  };
}
