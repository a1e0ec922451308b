import { RUN_STATUSES } from '../../core/statuses';
import { described, list, object } from './json-schema';
import type { JsonSchema } from './json-schema';

/** No NUL and no half of a surrogate pair: PostgreSQL has no place for them. */
const STORABLE = '[^\\u0000\\ud800-\\udfff]';

function text(maxLength: number): JsonSchema {
  return { type: 'string', minLength: 1, maxLength, pattern: `^${STORABLE}*$` };
}

export const name = text(200);
export const longText = text(1_000);
export const runId: JsonSchema = {
  type: 'string',
  pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$',
  description: 'A UUID in lower case.',
};
export const instant: JsonSchema = {
  type: 'string',
  format: 'date-time',
  maxLength: 40,
  pattern: '^[0-9]{4}-',
  description: 'ISO 8601.',
};
export const duration: JsonSchema = {
  type: 'string',
  maxLength: 30,
  pattern: '^[0-9]+([.][0-9]+)?(ms|s|m|h|d|w)$',
  description: 'A number and a unit, such as 250ms, 30s, 10m, 2h, 3d.',
};
/** Any JSON. */
export const json: JsonSchema = {};

export const runStatus: JsonSchema = { type: 'string', enum: RUN_STATUSES };
export const cursor: JsonSchema = {
  type: 'string',
  minLength: 1,
  maxLength: 200,
  pattern: '^[A-Za-z0-9_-]+$',
  description: 'The `cursor` of the page before.',
};
const tags = (more: JsonSchema): JsonSchema => list(name, { maxItems: 50, ...more });

export const newTags = tags({ description: 'Labels to find the run by.' });

const filterFields = {
  workflow: name,
  flow: name,
  queue: name,
  parentId: described(runId, 'Children of this run.'),
  text: described(longText, 'What the error message contains, in any case.'),
  createdAfter: instant,
  createdBefore: instant,
};

/** Which runs, in a body. */
export const runFilter: JsonSchema = object(
  {
    ...filterFields,
    status: list(runStatus, { minItems: 1, maxItems: RUN_STATUSES.length }),
    tags: tags({ minItems: 1, description: 'Runs that have every one of these.' }),
  },
  [],
  { minProperties: 1, description: 'Which runs: all that is given must hold. The status alone is not enough.' },
);

/** Which runs, in a query: what may be given several times is in the singular. */
export const runQuery: JsonSchema = object({
  ...filterFields,
  status: list(runStatus, { maxItems: RUN_STATUSES.length, description: 'May be given several times.' }),
  tag: tags({ description: 'May be given several times: runs that have every one.' }),
  limit: { type: 'integer', minimum: 1, maximum: 1_000, description: 'Default 50.' },
  cursor,
});

export const idempotencyKey: JsonSchema = {
  type: 'object',
  properties: {
    'idempotency-key': {
      type: 'string',
      minLength: 1,
      maxLength: 200,
      pattern: '^[\\x21-\\x7e]+$',
      description:
        'At most one run of the workflow has this key: a request that is sent again finds the run of the first.',
    },
  },
};

export const runPath = object({ id: runId }, ['id']);
