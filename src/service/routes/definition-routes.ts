import { problems } from '../schemas/answers';
import { name } from '../schemas/fields';
import { items, object, ref } from '../schemas/json-schema';
import type { ServiceContext } from '../service-context';
import type { ServiceRoute } from '../service-route';

/** The workflows that are registered here. */
export function definitionRoutes({ operations }: ServiceContext): readonly ServiceRoute[] {
  return [
    {
      method: 'GET',
      path: '/definitions',
      operationId: 'listDefinitions',
      tag: 'definitions',
      summary: 'The workflows, with their graphs, flows, input schemas and versions.',
      role: 'viewer',
      answers: { 200: { description: 'The workflows.', schema: items(ref('Definition')) }, ...problems() },
      handle: async () => ({ items: await operations.definitions() }),
    },
    {
      method: 'GET',
      path: '/definitions/:name/plan',
      operationId: 'planFlow',
      tag: 'definitions',
      summary: 'What a flow would run: order, waves, critical path and the worst case. Nothing is executed.',
      role: 'viewer',
      params: object({ name }, ['name']),
      query: object({ flow: name }),
      answers: { 200: { description: 'The plan.', schema: ref('Plan') }, ...problems(404) },
      handle: ({ params, query }) => {
        const { name: workflow } = params as { name: string };
        return operations.plan({ workflow, ...(query as { flow?: string }) });
      },
    },
  ];
}
