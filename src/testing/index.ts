import { TestRunner } from './test-runner';
import type { TestRunnerOptions } from './test-runner';

export type { CrashEverywhereOptions } from './crash-everywhere';
export type { CrashSide } from './life';
export { typeflowMatchers } from './matchers';
export type { ExpectedError, MatchedRun, TypeflowMatchers } from './matchers';
export { overridesOf } from './overrides';
export type {
  ArgumentsOf,
  OverrideOf,
  Overrides,
  OverrideSet,
  RecordedCall,
  ResultOf,
  SeenArgumentsOf,
  SeenContext,
  ValuesOf,
} from './overrides';
export { TaskWithoutValueError } from './run-task';
export type { TaskCallContext } from './run-task';
export { timeline } from './timeline';
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
