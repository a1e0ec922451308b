import { TestRunner } from './test-runner';
import type { TestRunnerOptions } from './test-runner';

export type { ArgumentsOf, OverrideOf, Overrides, RecordedCall } from './overrides';
export type { TestRunner, TestRunnerOptions } from './test-runner';

/**
 * A runner in memory and in virtual time: no database, and nothing waits.
 *
 * @example
 * const t = await createTestRunner({ workflows: [OrderWorkflow] });
 * t.override(OrderWorkflow, { processPayment: async () => ({ transaction: 't-1', amount: 100 }) });
 * const receipt = await t.run(OrderWorkflow, 'main', order);
 * await t.close();
 * @throws DefinitionError, ConfigurationError
 */
export function createTestRunner(options: TestRunnerOptions): Promise<TestRunner> {
  return TestRunner.create(options);
}
