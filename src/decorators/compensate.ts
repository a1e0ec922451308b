import type { CompensationCheck } from './check-method';
import { recordNode } from './class-records';
import type { CompensateOptions } from './options';
import type { AnyFunction } from './stored';

/** Applied to a method, checks that it takes what the task returned. */
export type CompensationDecorator<Task extends string> = <T extends object, K extends string, F extends AnyFunction>(
  target: T & CompensationCheck<T, Task, F>,
  name: K,
  descriptor: TypedPropertyDescriptor<F>,
) => void;

/**
 * Makes a method the compensation of a task: when the run fails or is cancelled after the task COMPLETED, it is called with what the
 * task returned and the context. Compensations run in reverse order of the graph, each with retries of its own.
 *
 * @throws EnvironmentError when the code is compiled without `experimentalDecorators`
 * @example
 * \@Compensate('pay', { retries: 10 })
 * async refund(payment: Payment): Promise<void> { … }
 */
export function Compensate<const Task extends string>(
  task: Task,
  options?: CompensateOptions,
): CompensationDecorator<Task> {
  return (...args: readonly unknown[]) => recordNode(args, { kind: 'compensation', options, compensates: task });
}
