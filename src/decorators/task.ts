import type { MethodCheck } from './check-method';
import { recordNode } from './class-records';
import type { Dependency } from './edges';
import type { TaskOptions } from './options';
import type { AnyFunction } from './stored';

/** Applied to a method, checks that its parameters take what its dependencies hand on. */
/** @typeParam Checked what the schema of a flow's input puts out */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- no schema, or one that says nothing
export type NodeDecorator<D extends readonly Dependency[], Kind extends 'task' | 'flow', Checked = any> = <
  T extends object,
  K extends string,
  F extends AnyFunction,
>(
  target: T & MethodCheck<T, K, F, D, Kind, Checked>,
  name: K,
  descriptor: TypedPropertyDescriptor<F>,
) => void;

/**
 * Makes a method a task: one unit of work, which runs when what it depends on is there. Its arguments are the values of its
 * `dependsOn`, in order, or the input of the run when it depends on nothing; then the `TaskContext`, which may be left out.
 *
 * What is wrong at run time (a cycle, say) is reported with all else when the workflow is registered.
 *
 * @throws EnvironmentError when the code is compiled without `experimentalDecorators`
 * @example
 * \@Task({ dependsOn: ['validateOrder', all('reserve')], retries: 3, timeout: '30s' })
 * async pay(order: ValidOrder, reserved: Reservation[], ctx: TaskContext<Order>): Promise<Payment> { … }
 */
export function Task<const D extends readonly Dependency[] = []>(options?: TaskOptions<D>): NodeDecorator<D, 'task'> {
  return (...args: readonly unknown[]) => recordNode(args, { kind: 'task', options });
}
