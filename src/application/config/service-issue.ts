import { redactionIssue } from '../redaction';
import type { ServiceLimits, ServiceOptions } from '../service-options';
import { nameOf, optionIssue } from '../../runner/option-issue';
import type { OptionNames } from '../../runner/option-issue';

const LIMITS: OptionNames<ServiceLimits> = {
  bodyBytes: true,
  requestsPerMinute: true,
  failuresPerMinute: true,
  streams: true,
  streamsPerClient: true,
  connections: true,
  requestTimeout: true,
};

/** Those that a service has wherever it is mounted. */
export const COMMON_OPTIONS: OptionNames<Omit<ServiceOptions, 'host' | 'port'>> = {
  auth: true,
  tokens: true,
  allowedHosts: true,
  limits: true,
  redact: true,
  metrics: true,
  logger: true,
};

const SERVICE_OPTIONS: OptionNames<ServiceOptions> = { port: true, host: true, ...COMMON_OPTIONS };

/**
 * What is wrong with the options of a service, in words; `undefined`: nothing that can be said before it starts. One that is misspelt must not be passed
 * over: it may be the one that hides values, or keeps others out.
 */
export function serviceIssue(
  options: unknown,
  names: OptionNames<Omit<ServiceOptions, 'host' | 'port'>> = SERVICE_OPTIONS,
): string | undefined {
  return optionIssue(options, 'service', names) ?? valueIssue(options as Readonly<Record<string, unknown>>);
}

function valueIssue({ limits, redact, allowedHosts, metrics }: Readonly<Record<string, unknown>>): string | undefined {
  if (limits !== undefined) {
    const issue = optionIssue(limits, 'service.limits', LIMITS);
    if (issue !== undefined) return issue;
  }
  if (redact !== undefined) {
    const issue = redactionIssue(redact);
    if (issue !== undefined) return `service.${issue}`;
  }
  if (allowedHosts !== undefined && !isListOfTexts(allowedHosts))
    return `service.allowedHosts must be a list of names, such as ['flows.example']; got ${nameOf(allowedHosts)}`;
  if (metrics !== undefined && typeof Object(metrics).render !== 'function')
    return `service.metrics must be what prometheusMetrics() makes, got ${nameOf(metrics)}`;
  return undefined;
}

function isListOfTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}
