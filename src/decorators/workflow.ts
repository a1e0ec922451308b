import { recordWorkflow } from './class-records';
import type { WorkflowOptions } from './options';
import type { Class } from './workflow-definition';

/**
 * Makes a class a workflow. Its constructor's parameters come from the container; one instance serves one attempt, so fields carry
 * nothing from task to task. A subclass takes over the tasks of its parent, not the options given here.
 *
 * @throws EnvironmentError when the code is compiled without `experimentalDecorators`
 * @example
 * \@Workflow({ name: 'order-processing', defaults: { task: { retries: 2 } } })
 * class OrderWorkflow { … }
 */
export function Workflow(options?: WorkflowOptions): (target: Class) => void {
  return (...args: readonly unknown[]) => recordWorkflow(args, options);
}
