import { instant, json, runId } from './fields';
import { described, list, ref, view } from './json-schema';
import type { JsonSchema } from './json-schema';

const text: JsonSchema = { type: 'string' };
const count: JsonSchema = { type: 'integer', minimum: 0 };
const flag: JsonSchema = { type: 'boolean' };

const definition = view(
  {
    name: text,
    version: text,
    fingerprint: text,
    flows: list(
      view(
        {
          name: text,
          inputSchema: described(json, 'JSON Schema of the input, where the flow has a schema that can say so.'),
          schedule: view({ cron: text, timeZone: text }),
          onFailure: { type: 'string', enum: ['stop', 'finish'] },
          fingerprint: text,
          nodes: list(text),
        },
        { optional: ['inputSchema', 'schedule'] },
      ),
    ),
    nodes: list(
      view(
        {
          name: text,
          kind: { type: 'string', enum: ['task', 'flow', 'compensation'] },
          dependsOn: list(view({ task: text, rule: text })),
          isMapped: flag,
          always: flag,
          compensates: text,
          queue: text,
        },
        { optional: ['compensates', 'queue'] },
      ),
    ),
    mermaid: described(text, 'The graph as a Mermaid flowchart.'),
  },
  { optional: ['version'] },
);

const plan = view({
  workflow: text,
  flow: text,
  order: list(text),
  waves: list(list(text)),
  criticalPath: list(text),
  worstCase: view({
    durationMs: { type: ['number', 'null'], description: 'null: no bound.' },
    calls: { type: 'number' },
  }),
  notes: list(text),
  text,
});

const schedule = view(
  {
    name: text,
    workflow: text,
    flow: text,
    cron: text,
    timeZone: text,
    overlap: text,
    catchUp: text,
    input: json,
    origin: { type: 'string', enum: ['code', 'api'] },
    pausedAt: instant,
    nextAt: instant,
    lastAt: instant,
    lastRunId: runId,
    skipped: count,
  },
  { optional: ['input', 'pausedAt', 'nextAt', 'lastAt', 'lastRunId'] },
);

const health = view(
  {
    isReady: flag,
    version: text,
    store: { type: 'string', enum: ['memory', 'pglite', 'postgres'] },
    worker: view(
      {
        id: text,
        runs: count,
        tasks: count,
        zombies: count,
        isConnected: flag,
        disconnectedSince: instant,
        listening: text,
      },
      { optional: ['disconnectedSince'], description: 'Of the process that serves; absent if it executes nothing.' },
    ),
  },
  { optional: ['worker'] },
);

const problem = view(
  {
    type: described(text, 'A URN of the code.'),
    title: text,
    status: { type: 'integer' },
    code: described(text, 'Stable: docs/errors.md has all of them.'),
    detail: described(text, 'What was expected, what came, and what to do; not of faults of the service itself.'),
    requestId: described(text, 'To find it in the log of the service.'),
    errors: list(view({ in: text, pointer: text, detail: text })),
    runId,
    runStatus: text,
  },
  { optional: ['detail', 'errors', 'runId', 'runStatus'], description: 'RFC 9457: what was wrong with a request.' },
);

export const fleetViews: Readonly<Record<string, JsonSchema>> = {
  Definition: definition,
  Plan: plan,
  Schedule: schedule,
  Worker: view({
    id: text,
    label: text,
    queues: list(text),
    workflows: list(text),
    registeredAt: instant,
    seenAt: instant,
  }),
  Queue: view(
    {
      queue: text,
      due: described(count, 'Runs that could be executed now, and wait for a worker.'),
      oldestDueAt: instant,
      later: described(count, 'Runs that are to start, or to go on, later.'),
      running: count,
      held: described(count, 'Runs that wait for `execute`.'),
      workers: described(count, 'Live workers that serve it.'),
    },
    { optional: ['oldestDueAt'] },
  ),
  Health: health,
  Cleanup: view({ deleted: count, isComplete: flag }),
  Problem: problem,
};

/** For their names alone: what is answered refers to them. */
export const problemRef = ref('Problem');
