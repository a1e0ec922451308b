import type * as views from '../../src/application/views';

/** Answers of operations in which every text is one of the caller's choice. */
export function viewsSaying(text: string) {
  const error: views.ErrorView = {
    name: text,
    message: text,
    code: text,
    task: text,
    cause: { name: text, message: text },
  };
  const run: views.RunView = {
    id: text,
    workflow: text,
    version: text,
    flow: text,
    status: 'FAILED',
    isHeld: false,
    isCancelRequested: true,
    cancelReason: text,
    input: { [text]: text },
    output: [text],
    error,
    errors: [error, { name: text, message: `${text}!` }],
    queue: text,
    priority: 0,
    tags: [text],
    generation: 1,
    createdAt: text,
    startedAt: text,
    finishedAt: text,
    wakeAt: text,
    parentId: text,
    forkedFrom: text,
  };
  const node: views.NodeView = {
    task: text,
    kind: 'task',
    status: 'FAILED',
    attempt: 2,
    attempts: [],
    error,
    startedAt: '2026-01-01T00:00:00.000Z',
    finishedAt: '2026-01-01T00:00:01.500Z',
  };
  const detail: views.RunDetailView = {
    ...run,
    nodes: [
      node,
      {
        ...node,
        index: 1,
        status: 'SKIPPED',
        error: { name: text, message: text },
        reason: { code: text, sentence: text },
      },
      {
        task: text,
        kind: 'flow',
        status: 'WAITING',
        attempt: 0,
        attempts: [],
        wait: { kind: 'signal', since: text, signal: text, until: text },
      },
      {
        task: text,
        kind: 'flow',
        status: 'WAITING',
        attempt: 0,
        attempts: [],
        wait: { kind: 'child', since: text, runId: text },
      },
      { task: text, kind: 'flow', status: 'WAITING', attempt: 0, attempts: [], wakeAt: text },
    ],
  };
  const log: views.LogLineView = {
    runId: text,
    task: text,
    index: 3,
    attempt: 1,
    at: text,
    level: text,
    message: text,
    fields: { [text]: text },
  };
  const events: views.EventView[] = [
    { type: 'node', runId: text, cursor: text, task: text, status: 'RUNNING', attempt: 2, startedAt: text },
    { type: 'node', runId: text, cursor: text, task: text, index: 1, status: 'COMPLETED', attempt: 1 },
    { type: 'progress', runId: text, cursor: text, task: text, fraction: 0.5, note: text, at: text },
    { type: 'log', cursor: text, ...log },
    {
      type: 'node',
      runId: text,
      cursor: text,
      task: text,
      status: text,
      attempt: 2,
      error: { name: text, message: text },
    },
    {
      type: 'run',
      runId: text,
      cursor: text,
      status: 'FAILED',
      finishedAt: text,
      error: { name: text, message: text },
    },
  ];
  const explanation: views.ExplanationView = {
    run: {
      id: text,
      workflow: text,
      flow: text,
      status: 'WAITING',
      reason: { code: text },
      sentence: text,
      isCodeKnown: true,
    },
    nodes: [{ task: text, index: 2, status: 'WAITING', reason: text, sentence: text }],
    text,
  };
  const definition: views.DefinitionView = {
    name: text,
    version: text,
    fingerprint: text,
    flows: [{ name: text, onFailure: 'stop', fingerprint: text, nodes: [text] }],
    nodes: [{ name: text, kind: 'flow', dependsOn: [], isMapped: false, always: false }],
    mermaid: `flowchart\n${text}`,
  };
  const plan: views.PlanView = {
    workflow: text,
    flow: text,
    order: [text],
    waves: [[text]],
    criticalPath: [text],
    worstCase: { durationMs: null, calls: 1 },
    notes: [text],
    text: `${text}\n${text}`,
  };
  const schedule: views.ScheduleView = {
    ...{ name: text, workflow: text, flow: text, cron: text, timeZone: text, overlap: text, catchUp: text },
    ...{ origin: 'api', nextAt: text, skipped: 0 },
  };
  const worker: views.WorkerView = {
    id: text,
    label: text,
    queues: [text],
    workflows: [text],
    registeredAt: text,
    seenAt: text,
  };
  const queue: views.QueueView = { queue: text, due: 1, oldestDueAt: text, later: 0, running: 0, held: 0, workers: 0 };
  const bulk: views.BulkView = {
    ...{ matched: 2, changed: 1, isDryRun: false, isMore: true },
    failures: [{ id: text, code: text, message: text }],
  };
  const fork: views.ForkView = { id: text, workflow: text, flow: text, reused: [text], note: text };
  return { error, run, detail, log, events, explanation, definition, plan, schedule, worker, queue, bulk, fork };
}
