import { openApiDocument } from '../openapi';
import type { ServiceContext } from '../service-context';
import type { ServiceRoute } from '../service-route';
import { actionRoutes } from './action-routes';
import { bulkRoutes } from './bulk-routes';
import { definitionRoutes } from './definition-routes';
import { eventRoute } from './event-route';
import { executeRoute } from './execute-route';
import { fleetRoutes } from './fleet-routes';
import { runRoutes } from './run-routes';
import { scheduleRoutes } from './schedule-routes';
import { serviceRoutes } from './service-routes';

/** Every operation of a service. */
export function allRoutes(context: ServiceContext, version: string): readonly ServiceRoute[] {
  const routes: readonly ServiceRoute[] = [
    ...runRoutes(context),
    executeRoute(context),
    ...actionRoutes(context),
    ...bulkRoutes(context),
    eventRoute(context),
    ...definitionRoutes(context),
    ...scheduleRoutes(context),
    ...fleetRoutes(context),
    ...serviceRoutes(context, () => document),
  ];
  const document = openApiDocument(routes, version);
  return routes;
}
