import type { Operations } from '../../src/application/operations';
import { packageVersion } from '../../src/application/package-version';
import { Gate } from '../../src/service/access/gate';
import { EventStreams } from '../../src/service/events/event-streams';
import { openApiDocument } from '../../src/service/openapi';
import type { OpenApiDocument } from '../../src/service/openapi';
import { allRoutes } from '../../src/service/routes/all-routes';
import type { ServiceRoute } from '../../src/service/service-route';

/** The routes of a service and what describes them, without serving anything. */
export function describeService(): { readonly routes: readonly ServiceRoute[]; readonly document: OpenApiDocument } {
  const routes = allRoutes(
    {
      operations: {} as Operations,
      gate: new Gate({ tokens: undefined, roleOf: () => 'viewer', checkHost: () => undefined }),
      streams: new EventStreams({ streams: 1, streamsPerClient: 1 }),
      metrics: undefined,
      prefix: '',
      closing: new AbortController().signal,
    },
    packageVersion(),
  );
  return { routes, document: openApiDocument(routes, packageVersion()) };
}
