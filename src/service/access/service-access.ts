import type { AccessToken, ServiceOptions } from '../../application/service-options';
import { ConfigurationError } from '../../core/errors/definition-error';
import { isLoopback } from './hosts';
import { checkTokens, tokensFromEnvironment } from './tokens';

export interface ServiceAccess {
  /** `undefined`: everybody is let in. */
  readonly tokens: readonly AccessToken[] | undefined;
  readonly allowedHosts: readonly string[];
}

/**
 * Who is let in to a service that listens by itself.
 *
 * @throws ConfigurationError for whatever would let in others than were meant
 */
export function serviceAccess(options: ServiceOptions, env: NodeJS.ProcessEnv): ServiceAccess {
  const { host = '127.0.0.1', auth = 'tokens', allowedHosts = [] } = options;
  if (auth !== 'tokens' && auth !== 'host') {
    throw new ConfigurationError(`service.auth must be 'tokens' or 'host', got ${JSON.stringify(auth)}`);
  }
  if (typeof host !== 'string' || host === '') {
    throw new ConfigurationError(`service.host must be an address to listen on, got ${JSON.stringify(host)}`);
  }
  const given = options.tokens === undefined ? undefined : checkTokens(options.tokens, 'service.tokens');
  const tokens = given ?? tokensFromEnvironment(env);
  if (auth === 'host') {
    if (tokens === undefined) return { tokens, allowedHosts: [...allowedHosts, host] };
    throw new ConfigurationError(
      `service.auth 'host' lets everybody in, and there are tokens too: leave out one of them`,
    );
  }
  if (tokens === undefined && !isLoopback(host)) {
    throw new ConfigurationError(
      `the service refuses to listen on ${host} without tokens, as anybody could reach it there: set TYPEFLOW_TOKENS or ` +
        `TYPEFLOW_TOKENS_FILE, listen on 127.0.0.1, or say auth: 'host' if something in front of it decides who is let in`,
    );
  }
  if (tokens === undefined && allowedHosts.includes('*')) {
    throw new ConfigurationError(
      `service.allowedHosts '*' needs tokens: without them any page in a browser on this machine could use the service`,
    );
  }
  return { tokens, allowedHosts: [...allowedHosts, host] };
}
