import { defineWorkflow } from 'typeflow';
import type { TaskContext } from 'typeflow';

/** Two tasks and a flow, each of which has nothing to do but be recorded. */
export const loadWorkflow = defineWorkflow('load')
  .task('double', async (n: number) => n * 2)
  .task('label', { dependsOn: ['double'] }, async (n: number, _ctx: TaskContext<number>) => `n${n}`)
  .flow('main', { dependsOn: ['label'] }, async (label: string, _ctx: TaskContext<number>) => label)
  .build();
