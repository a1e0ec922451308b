import { ApplicationNotLoadedError } from '../../core/errors/definition-error';
import type { ApplicationConfig } from '../define-config';
import { nameOf, optionIssue } from '../../runner/option-issue';
import type { OptionNames } from '../../runner/option-issue';
import { serviceIssue } from './service-issue';

const OPTIONS: OptionNames<ApplicationConfig> = {
  workflows: true,
  database: true,
  schema: true,
  migrate: true,
  pooler: true,
  listen: true,
  notify: true,
  container: true,
  queues: true,
  worker: true,
  journal: true,
  retention: true,
  logger: true,
  telemetry: true,
  runLogs: true,
  payloads: true,
  maxValueBytes: true,
  service: true,
};

/** Whether a value is an application, as far as that can be said before its options are used. @throws ApplicationNotLoadedError */
export function checkConfig(file: string, value: unknown): ApplicationConfig {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ApplicationNotLoadedError(`${file}: expected an application, ${EXAMPLE}; got ${nameOf(value)}`);
  const { workflows } = value as { readonly workflows?: unknown };
  if (!Array.isArray(workflows))
    throw new ApplicationNotLoadedError(
      `${file}: expected a list of workflows, ${EXAMPLE}; workflows is ${nameOf(workflows)}`,
    );
  const { service } = value as { readonly service?: unknown };
  const issue = optionIssue(value, '', OPTIONS) ?? (service === undefined ? undefined : serviceIssue(service));
  if (issue !== undefined) throw new ApplicationNotLoadedError(`${file}: ${issue}`);
  return value as ApplicationConfig;
}

export const EXAMPLE = 'such as `export default defineConfig({ workflows: [OrderWorkflow] })`';
