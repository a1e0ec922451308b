import { recordNode } from './class-records';
import type { Dependency } from './edges';
import type { FlowOptions } from './options';
import type { NodeDecorator } from './task';

/**
 * Makes a method a flow: an entry point. A run of it executes what it depends on, all that needs in turn, and then this method, whose
 * value is the output of the run.
 *
 * A flow with dependencies declares `ctx: TaskContext<Input>` last; a flow without gets the input as its first parameter. From
 * there `run` and `start` know the type of the input.
 *
 * @throws EnvironmentError when the code is compiled without `experimentalDecorators`
 * @example
 * \@Flow({ dependsOn: ['pay', 'ship'] })
 * async main(payment: Payment, shipment: Shipment, ctx: TaskContext<Order>): Promise<Receipt> { … }
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- without a schema any input will do
export function Flow<const D extends readonly Dependency[] = [], Checked = any>(
  options?: FlowOptions<D, Checked>,
): NodeDecorator<D, 'flow', Checked> {
  return (...args: readonly unknown[]) => recordNode(args, { kind: 'flow', options });
}
