import { tasks } from './engine';
import type { Engine, Value } from './engine';

/** flowcraft, a workflow engine without persistence; set up as its documentation does for a graph made in code. */
export const flowcraftEngine: Engine = {
  name: 'flowcraft',
  open: async () => {
    const { FlowRuntime, createFlow } = await import('flowcraft'); // an ES module
    const flow = createFlow('diamond')
      .node('a', async ({ context }) => ({ output: await tasks.a((await context.get('input')) as number) }))
      .node('b', async ({ input }) => ({ output: await tasks.b(input as Value) }))
      .node('c', async ({ input }) => ({ output: await tasks.c(input as Value) }))
      .node(
        'd',
        async ({ context }) => {
          const [b, c] = [await context.get('b'), await context.get('c')];
          return { output: await tasks.d(b as Value, c as Value) };
        },
        { config: { joinStrategy: 'all' } },
      )
      .node('e', async ({ input }) => ({ output: await tasks.e(input as Value) }))
      .edge('a', 'b')
      .edge('a', 'c')
      .edge('b', 'd')
      .edge('c', 'd')
      .edge('d', 'e');
    const blueprint = flow.toBlueprint();
    const functionRegistry = flow.getFunctionRegistry();
    const runtime = new FlowRuntime({});
    return {
      run: async (input) => {
        const { context, status } = await runtime.run(blueprint, { input }, { functionRegistry });
        if (status !== 'completed') throw new Error(`flowcraft ended ${status}`);
        return (context as unknown as { e: Value }).e.calls;
      },
      close: async () => undefined,
    };
  },
};
