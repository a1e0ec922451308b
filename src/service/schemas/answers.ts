import { problemRef } from './fleet-views';
import type { JsonSchema } from './json-schema';

/** An answer of a route, by its status: the schema of its JSON, or another media type. */
export interface Answer {
  readonly description: string;
  readonly schema?: JsonSchema;
  /** Default `application/json`. */
  readonly mediaType?: string;
  readonly headers?: Readonly<Record<string, JsonSchema>>;
}

export const PROBLEM = 'application/problem+json';

const PROBLEMS: Readonly<Record<number, string>> = {
  400: 'The request does not fit, or an argument is wrong.',
  401: 'A token is needed.',
  403: 'The role of the token does not allow it, or the request came from another site.',
  404: 'There is no such run, workflow or flow.',
  409: 'The state of the run does not allow it.',
  413: 'The body is too large.',
  415: 'The body is not JSON.',
  429: 'Too many requests.',
};

/** The problems that an operation can answer with; every one of them a problem document. */
export function problems(...statuses: number[]): Readonly<Record<string, Answer>> {
  const all = [...new Set([400, 401, 403, 429, ...statuses])];
  return Object.fromEntries(
    all.map((status) => {
      const description = PROBLEMS[status];
      if (description === undefined) throw new Error(`no description of problem ${status}`);
      return [String(status), { description, schema: problemRef, mediaType: PROBLEM }];
    }),
  );
}

/** Of operations with a body. */
export function bodyProblems(...statuses: number[]): Readonly<Record<string, Answer>> {
  return problems(413, 415, ...statuses);
}

export const LOCATION = { Location: { type: 'string', description: 'Where the run is.' } };
