import { NODE_STATUSES } from '../../core/statuses';
import { instant, json, runId, runStatus } from './fields';
import { described, list, ref, view } from './json-schema';
import type { JsonSchema } from './json-schema';

const text: JsonSchema = { type: 'string' };
const count: JsonSchema = { type: 'integer', minimum: 0 };
const flag: JsonSchema = { type: 'boolean' };
const optional = (...names: string[]): { optional: readonly string[] } => ({ optional: names });

const errorView = view(
  { name: text, message: text, code: text, task: text, index: count, attempts: count, cause: ref('Failure') },
  { ...optional('code', 'task', 'index', 'attempts', 'cause'), description: 'Why something failed, without stacks.' },
);

const reason = view(
  { code: text, sentence: text },
  { description: 'Why a node is SKIPPED or CANCELLED: `code` for programs, `sentence` for people.' },
);

const attempt = view(
  {
    attempt: count,
    outcome: text,
    generation: count,
    startedAt: instant,
    finishedAt: instant,
    error: view({ name: text, message: text, code: text }, optional('code')),
    delayMs: { type: 'number' },
    overran: flag,
  },
  optional('error', 'delayMs', 'overran'),
);

const wait = view(
  {
    kind: { type: 'string', enum: ['sleep', 'signal', 'child'] },
    since: instant,
    until: instant,
    signal: text,
    runId,
    workflow: text,
    flow: text,
  },
  optional('until', 'signal', 'runId', 'workflow', 'flow'),
);

const node = view(
  {
    task: text,
    kind: { type: 'string', enum: ['task', 'flow', 'compensation'] },
    compensates: text,
    index: described(count, 'Of an element of a mapped task.'),
    status: { type: 'string', enum: NODE_STATUSES },
    attempt: count,
    attempts: list(ref('Attempt')),
    output: json,
    error: ref('Failure'),
    reason: ref('Reason'),
    reusedFrom: runId,
    startedAt: instant,
    finishedAt: instant,
    wait: ref('Wait'),
    wakeAt: instant,
    instances: view({ total: count, completed: count, failed: count, skipped: count, cancelled: count }),
  },
  optional(
    ...['compensates', 'index', 'output', 'error', 'reason', 'reusedFrom', 'startedAt', 'finishedAt', 'wait'],
    ...['wakeAt', 'instances'],
  ),
);

const runFields = {
  id: runId,
  workflow: text,
  version: text,
  flow: described(text, 'Absent of a held run whose flow `execute` is still to name.'),
  status: runStatus,
  isHeld: described(flag, 'It waits for `execute`: no worker claims it.'),
  isCancelRequested: described(flag, 'A cancel was accepted, whether it is carried out by now or not.'),
  cancelReason: described(text, 'What the cancel was given.'),
  input: json,
  output: json,
  error: ref('Failure'),
  errors: list(ref('Failure')),
  queue: text,
  priority: { type: 'integer' },
  tags: list(text),
  generation: count,
  createdAt: instant,
  startedAt: instant,
  finishedAt: instant,
  wakeAt: instant,
  parentId: runId,
  forkedFrom: runId,
};
const runOptional = optional(
  ...[
    'version',
    'flow',
    'cancelReason',
    'input',
    'output',
    'error',
    'startedAt',
    'finishedAt',
    'wakeAt',
    'parentId',
    'forkedFrom',
  ],
);

const runRef = { id: runId, workflow: text, flow: text };

export const runViews: Readonly<Record<string, JsonSchema>> = {
  Failure: errorView,
  Reason: reason,
  Attempt: attempt,
  Wait: wait,
  Node: node,
  Run: view(runFields, { ...runOptional, description: 'A run. What there is not is left out.' }),
  RunDetail: view({ ...runFields, nodes: list(ref('Node')) }, { ...runOptional, description: 'A run with its nodes.' }),
  RunPage: view(
    { items: list(ref('Run')), cursor: described(text, 'Where the next page begins; absent on the last one.') },
    optional('cursor'),
  ),
  RunRef: view(runRef, optional('flow')),
  Fork: view(
    { ...runRef, reused: described(list(text), 'Tasks whose records were taken over.'), note: text },
    optional('flow', 'note'),
  ),
  Bulk: view({
    matched: described(count, 'How many runs the filter finds that this can be applied to.'),
    changed: described(count, 'How many it was applied to; 0 in a dry run.'),
    isDryRun: flag,
    isMore: described(flag, 'There are more than one call changes: call again.'),
    failures: list(view({ id: runId, code: text, message: text }, optional('code'))),
  }),
  LogLine: view(
    {
      runId,
      task: text,
      index: count,
      attempt: count,
      at: instant,
      level: text,
      message: text,
      fields: described(json, 'What the line has beside its message; redacted, it may be no object.'),
    },
    optional('index'),
  ),
  Explanation: view({
    run: view(
      {
        ...runRef,
        status: runStatus,
        reason: json,
        sentence: text,
        isCodeKnown: flag,
      },
      optional('flow'),
    ),
    nodes: list(
      view(
        { task: text, index: count, status: { type: 'string', enum: NODE_STATUSES }, reason: json, sentence: text },
        optional('index'),
      ),
    ),
    text: described(text, 'All of it for people.'),
  }),
};
