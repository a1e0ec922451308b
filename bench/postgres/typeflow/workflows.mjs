// The workloads as Typeflow's users would write them, by the public API and with its default options.
import { all, defineWorkflow, each } from 'typeflow';

const FAN_OUT = 1_000;

/** `onTask(isLast)` is called by each task, as those of the peers do. */
export function defineWorkloads(onTask) {
  const task = (i, isLast = false) => {
    onTask?.(isLast);
    return { ok: true, i };
  };
  return {
    dag: defineWorkflow('dag')
      .task('a', async (i) => task(i))
      .task('b', { dependsOn: ['a'] }, async (a) => task(a.i))
      .task('c', { dependsOn: ['a'] }, async (a) => task(a.i))
      .task('d', { dependsOn: ['b', 'c'] }, async (b) => task(b.i))
      .flow('e', { dependsOn: ['d'] }, async (d, _ctx) => task(d.i, true))
      .build(),
    one: defineWorkflow('one')
      .flow('main', async (i) => task(i, true))
      .build(),
    chain: defineChain(task),
    fan: defineWorkflow('fan')
      .task('elements', async () => Array.from({ length: FAN_OUT }, (_, element) => element))
      .task('work', { dependsOn: [each('elements')] }, async (element) => task(element))
      .flow('main', { dependsOn: [all('work')] }, async (results, _ctx) => {
        onTask?.(true);
        return { ok: true, results: results.length };
      })
      .build(),
    plainFan: definePlainFan(task),
    wait: defineWorkflow('wait')
      .flow('main', async (i) => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        return task(i, true);
      })
      .build(),
    stamp: defineWorkflow('stamp')
      .flow('main', async () => Number(process.hrtime.bigint()) / 1e6)
      .build(),
  };
}

/** Ten tasks in a row; the tenth is the flow. */
function defineChain(task) {
  let builder = defineWorkflow('chain').task('task0', async (i) => task(i));
  for (let index = 1; index < 9; index++) {
    builder = builder.task(`task${index}`, { dependsOn: [`task${index - 1}`] }, async (before) => task(before.i));
  }
  return builder.flow('task9', { dependsOn: ['task8'] }, async (before, _ctx) => task(before.i, true)).build();
}

/** The same fan-out as a graph made at run time: each of the 1,000 tasks is a node of its own. */
function definePlainFan(task) {
  let builder = defineWorkflow('plain-fan').task('root', async () => ({ ok: true }));
  const names = Array.from({ length: FAN_OUT }, (_, element) => `work${element}`);
  for (const [element, name] of names.entries()) {
    builder = builder.task(name, { dependsOn: ['root'] }, async () => task(element));
  }
  return builder.flow('main', { dependsOn: names }, async () => task(0, true)).build();
}
