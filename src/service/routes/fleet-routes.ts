import { problems } from '../schemas/answers';
import { items, ref } from '../schemas/json-schema';
import type { ServiceContext } from '../service-context';
import type { ServiceRoute } from '../service-route';

/** Who executes runs, and what waits for them. */
export function fleetRoutes({ operations }: ServiceContext): readonly ServiceRoute[] {
  return [
    {
      method: 'GET',
      path: '/workers',
      operationId: 'listWorkers',
      tag: 'fleet',
      summary: 'The live workers of the fleet.',
      role: 'viewer',
      answers: { 200: { description: 'The workers.', schema: items(ref('Worker')) }, ...problems() },
      handle: async () => ({ items: await operations.workers() }),
    },
    {
      method: 'GET',
      path: '/queues',
      operationId: 'listQueues',
      tag: 'fleet',
      summary: 'How many unfinished runs stand in each queue, and how many workers serve it.',
      role: 'viewer',
      answers: { 200: { description: 'The queues.', schema: items(ref('Queue')) }, ...problems() },
      handle: async () => ({ items: await operations.queues() }),
    },
  ];
}
