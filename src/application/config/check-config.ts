import { ApplicationNotLoadedError } from '../../core/errors/definition-error';
import { closestName } from '../../graph/closest-name';
import type { ApplicationConfig } from '../define-config';

/** All there are; the compiler says when one is missing. */
const OPTIONS: Readonly<Record<keyof ApplicationConfig, true>> = {
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
  const unknown = Object.keys(value).find((name) => !(name in OPTIONS));
  if (unknown !== undefined) {
    const meant = closestName(unknown, Object.keys(OPTIONS));
    throw new ApplicationNotLoadedError(
      `${file}: there is no option "${unknown}"${meant === undefined ? '' : `; did you mean "${meant}"?`}`,
    );
  }
  return value as ApplicationConfig;
}

export const EXAMPLE = 'such as `export default defineConfig({ workflows: [OrderWorkflow] })`';

export function nameOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
