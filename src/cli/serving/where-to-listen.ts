import { portNumber } from '../commands/json-argument';
import type { World } from '../world';

/** Where a service listens; what is left out, the application or the default decides. */
export interface ListenOptions {
  readonly host?: string;
  readonly port?: number;
}

/** What is named comes first, then `TYPEFLOW_HOST` and `TYPEFLOW_PORT`. @throws UsageError for a port that is none */
export function whereToListen(options: ListenOptions, env: World['env']): ListenOptions {
  const { TYPEFLOW_HOST: hostOfEnv, TYPEFLOW_PORT: portOfEnv } = env;
  const host = options.host ?? (hostOfEnv || undefined);
  const port = options.port ?? (portOfEnv ? portNumber('TYPEFLOW_PORT')(portOfEnv) : undefined);
  return { ...(host !== undefined && { host }), ...(port !== undefined && { port }) };
}
