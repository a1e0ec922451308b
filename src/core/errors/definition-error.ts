import { TypeflowError } from './typeflow-error';

/** One thing that is wrong with a workflow's definition. */
export interface DefinitionIssue {
  /** A stable word for the kind of problem, such as `UNKNOWN_DEPENDENCY` or `CYCLE`. */
  readonly code: string;
  /** Expected, got, and what to do. */
  readonly message: string;
  /** The place: `OrderWorkflow.pay`, or the workflow's name. */
  readonly where: string;
}

/** Everything that is wrong with one workflow, reported together at registration, before anything is written. */
export class DefinitionError extends TypeflowError {
  readonly code = 'DEFINITION_INVALID';

  constructor(
    /** The class or workflow name. */
    readonly workflow: string,
    readonly issues: readonly DefinitionIssue[],
  ) {
    const count = issues.length === 1 ? 'one problem' : `${issues.length} problems`;
    const lines = issues.map((issue) => `  - ${issue.where}: ${issue.message} [${issue.code}]`);
    super(`workflow ${workflow} has ${count}:\n${lines.join('\n')}`);
  }
}

/** The environment lacks something: decorator metadata, `experimentalDecorators`, a Node version. */
export class EnvironmentError extends TypeflowError {
  readonly code = 'ENVIRONMENT_INVALID';
}

/** An option of the runner, a worker or a store is wrong. */
export class ConfigurationError extends TypeflowError {
  readonly code = 'CONFIGURATION_INVALID';
}

/** The file that names the application is not there, cannot be loaded, or exports something else. `cause` is what it threw. */
export class ApplicationNotLoadedError extends TypeflowError {
  readonly code = 'APPLICATION_NOT_LOADED';
}

/** An argument of a call (`start`, `list`, `retry`, …) is wrong. */
export class ArgumentError extends TypeflowError {
  readonly code = 'ARGUMENT_INVALID';
}
