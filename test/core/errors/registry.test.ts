import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { ERROR_CODES } from '../../../src/core/errors/codes';
import { TypeflowError } from '../../../src/core/errors/typeflow-error';
import * as definition from '../../../src/core/errors/definition-error';
import * as requests from '../../../src/core/errors/request-errors';
import * as runs from '../../../src/core/errors/run-errors';
import * as stores from '../../../src/core/errors/store-errors';
import * as tasks from '../../../src/core/errors/task-errors';

const root = path.join(__dirname, '../../..');
const cause = new Error('declined');

/** One of every class, by its name; the message is what a user would read. */
const ERRORS: Readonly<Record<string, readonly [TypeflowError, string]>> = {
  DefinitionError: [
    new definition.DefinitionError('orders', [
      { code: 'CYCLE', message: 'a → b → a', where: 'Orders.a' },
      { code: 'NO_FLOW', message: 'add a flow', where: 'Orders' },
    ]),
    'workflow orders has 2 problems:\n  - Orders.a: a → b → a [CYCLE]\n  - Orders: add a flow [NO_FLOW]',
  ],
  EnvironmentError: [new definition.EnvironmentError('m'), 'm'],
  ConfigurationError: [new definition.ConfigurationError('m'), 'm'],
  ApplicationNotLoadedError: [new definition.ApplicationNotLoadedError('m', { cause }), 'm'],
  ArgumentError: [new definition.ArgumentError('m'), 'm'],
  WorkflowNotRegisteredError: [
    new runs.WorkflowNotRegisteredError('w', []),
    'workflow "w" is not registered with this runner, which knows none; add it to WorkflowRunner.create({ workflows }), in NestJS to TypeflowModule.forFeature',
  ],
  FlowNotFoundError: [
    new runs.FlowNotFoundError('w', 'f', ['a', 'b']),
    'workflow "w" has no flow "f"; start one of its flows: "a", "b"',
  ],
  NotAFlowError: [
    new runs.NotAFlowError('w', 't', ['a']),
    '"t" is a task of workflow "w", not a flow; start one of its flows: "a"',
  ],
  ScheduleNotFoundError: [
    new runs.ScheduleNotFoundError('nightly'),
    'there is no schedule "nightly"; runner.schedules.list() has all there are',
  ],
  RunNotFoundError: [
    new runs.RunNotFoundError('r'),
    'no run has the id "r"; it was never started on this database, or was cleaned up: check the id and the database',
  ],
  RunFailedError: [
    new runs.RunFailedError('r', 'pay', { cause, workflow: 'w' }),
    'run r of w FAILED in "pay": declined',
  ],
  RunCancelledError: [new runs.RunCancelledError('r', 'asked'), 'run r was CANCELLED: asked'],
  RunOverError: [
    new runs.RunOverError('r', 'sending signal "approved"'),
    'sending signal "approved": run r is over, and nothing of it waits any more; start a new run, or retry this one first',
  ],
  PayloadInvalidError: [
    new runs.PayloadInvalidError('payload of signal "paid"', [
      { path: '', message: 'no object' },
      { path: 'items[0].price', message: 'no number' },
    ]),
    'payload of signal "paid" does not fit its schema; mend what follows and try again:\n' +
      '  - the value: no object\n  - items[0].price: no number',
  ],
  RunNotRetryableError: [
    new runs.RunNotRetryableError('r', 'RUNNING'),
    'run r is RUNNING; retry takes FAILED and CANCELLED runs: wait until it is over, or cancel it first',
  ],
  RunNotHeldError: [
    new runs.RunNotHeldError('r', 'FAILED'),
    'run r is FAILED and does not wait for execute; use retry to run again what did not complete',
  ],
  RunNotExecutedError: [
    new runs.RunNotExecutedError('r', 'PENDING'),
    'run r was created and never executed, so there is nothing of it to run again; execute it',
  ],
  IdempotencyConflictError: [
    new runs.IdempotencyConflictError('k', 'r', 'input'),
    'key "k" already belongs to run r, which was started with another input; use a new key, or start with the same input',
  ],
  WaitAbortedError: [
    new runs.WaitAbortedError('r', 'its timeout passed'),
    'stopped waiting for run r (its timeout passed); the run itself goes on: get("r") tells how it stands',
  ],
  NoWorkerError: [
    new runs.NoWorkerError('memory:'),
    'this runner was created with worker: false on memory:, which no other process can serve; ' +
      'leave worker out, or use a postgres:// database',
  ],
  RunnerClosedError: [
    new runs.RunnerClosedError('start'),
    'start: the runner is closed; unfinished runs go on when a runner is created on the same database',
  ],
  NonRetryableError: [new tasks.NonRetryableError('card stolen', { cause }), 'card stolen'],
  TaskTimeoutError: [
    new tasks.TaskTimeoutError('pay', 50),
    'task "pay" did not finish within its timeout of 50ms; raise the timeout, or hand ctx.signal to what takes so long',
  ],
  TotalTimeoutError: [
    new tasks.TotalTimeoutError('pay', 50, { cause }),
    'task "pay" did not succeed within its totalTimeout of 50ms; its cause is the last error: ' +
      'mend that, raise totalTimeout, or shorten the delays of its retries',
  ],
  FlowSkippedError: [
    new tasks.FlowSkippedError('main', 'pay', 'nothing to pay'),
    `flow "main" was skipped because of "pay": nothing to pay; a flow that tolerates this says optional('pay')`,
  ],
  CompensationError: [
    new tasks.CompensationError('r', [Object.assign(new Error('bank closed'), { task: 'refund', attempts: 3 })], {
      cause,
    }),
    'run r could not be undone: "refund" failed (Error: bank closed), after Error: declined; ' +
      'mend what is in the way, then retry("r", { compensations: true })',
  ],
  DeadlineError: [
    new tasks.DeadlineError('r'),
    'run r was not over at its deadline; get("r") tells which task took so long: mend it, or start with a later deadline',
  ],
  AttemptAbortedError: [
    new tasks.AttemptAbortedError('pay', 'cancel'),
    'the attempt of task "pay" was aborted: cancel; its result may no longer count, so end the work and throw this',
  ],
  LeaseLostError: [
    new tasks.LeaseLostError('r'),
    'this worker no longer owns run r; its unrecorded results are dropped and the new owner goes on',
  ],
  WorkerLostError: [
    new tasks.WorkerLostError('pay', 3),
    'task "pay" ran when its worker died, 3 times in a row; it is not tried again: ' +
      'look for what ends the process (memory, process.exit, native code), then retry the run',
  ],
  NotAnArrayError: [
    new tasks.NotAnArrayError('items', 'a Map object'),
    `task "items" returned a Map object, but each('items') maps over it; return an array`,
  ],
  WaitNotReturnedError: [
    new tasks.WaitNotReturnedError('pay', 'made 2 waits'),
    'task "pay" made 2 waits; a wait does nothing by itself: make one, and return it alone, as `return ctx.sleep(\'1h\')`',
  ],
  WaitTimeoutError: [
    new tasks.WaitTimeoutError('ask', 'approved', 5_000),
    `task "ask" waited 5s for signal "approved", which did not come; ` +
      `a flow that can do without it says settled('ask') or failed('ask')`,
  ],
  ChildFailedError: [
    new tasks.ChildFailedError('ask', 'r', { cause }),
    'task "ask" waited for run r, which FAILED (Error: declined); mend its reason, then retry this run, which starts a new child',
  ],
  ChildCancelledError: [
    new tasks.ChildCancelledError('ask', 'r', 'enough'),
    'task "ask" waited for run r, which was CANCELLED (enough); retry this run to start a new child',
  ],
  ChildDepthError: [
    new tasks.ChildDepthError('ask', 32),
    'task "ask" asked for a child, but this run has 32 runs above it, which is as deep as children may be nested; ' +
      'look for a flow that starts itself, or start the run by itself and wait for a signal of it',
  ],
  ConcurrencyKeyError: [
    new tasks.ConcurrencyKeyError('pay', 'returned undefined'),
    'concurrency.key of task "pay" must return a string, a number or a boolean for the run\'s input, but it returned undefined; mend the function, then retry the run',
  ],
  NoManagerError: [
    new tasks.NoManagerError('pay', 'ordinary'),
    'task "pay" read ctx.manager, but no transaction was opened for it: declare the task transactional: true, or inject your ' +
      'DataSource and use ctx.idempotencyKey to have the effect once',
  ],
  TransactionalWaitError: [
    new tasks.TransactionalWaitError('pay'),
    'task "pay" is transactional and returned a wait, but its transaction ends with its call; commit in this task, and wait in one of ' +
      'its own that depends on it',
  ],
  TransactionUnusableError: [
    new tasks.TransactionUnusableError('ended'),
    'a transactional task returned, but its transaction cannot be committed: the task ended it; leave COMMIT and ROLLBACK to the ' +
      'engine, and throw an error to roll back',
  ],
  ValueNotStorableError: [
    new tasks.ValueNotStorableError('result of "pay"', '$.a', 'there is a function'),
    'result of "pay" cannot be stored: at $.a there is a function',
  ],
  ValueNotReadableError: [
    new tasks.ValueNotReadableError('the text is not JSON'),
    'a stored value cannot be read: the text is not JSON; read it with the version of Typeflow that wrote it, ' +
      'and never change stored values by hand',
  ],
  DatabaseUnreachableError: [new stores.DatabaseUnreachableError('m'), 'm'],
  SchemaTooNewError: [
    new stores.SchemaTooNewError('0009', '0008'),
    'the database schema is at 0009, but this version of Typeflow only knows 0008; ' +
      'update Typeflow, as older code must not write to a newer schema',
  ],
  SchemaOutdatedError: [new stores.SchemaOutdatedError('m'), 'm'],
  FolderLockedError: [
    new stores.FolderLockedError('.typeflow', 7),
    'the PGlite folder ".typeflow" is in use by process 7; PGlite serves one process at a time: ' +
      'close that process, or use a postgres:// database for several',
  ],
  FolderUnreadableError: [new stores.FolderUnreadableError('m'), 'm'],
  NestedConnectionError: [
    new stores.NestedConnectionError(),
    'a second database connection was asked for while this code holds the only one (PGlite has one): ' +
      'use the transaction’s own manager for every statement inside it',
  ],
  StoreError: [new stores.StoreError('m', { cause }), 'm'],
  PayloadCodecError: [
    new stores.PayloadCodecError('opened', 'it was sealed with key "k2", which is not among k1'),
    'a value could not be opened: it was sealed with key "k2", which is not among k1; ' +
      'give every runner of this database the same option payloads, with all keys that its values were sealed with',
  ],
  RequestInvalidError: [
    new requests.RequestInvalidError([
      { in: 'query', pointer: '/limit', detail: 'must be integer' },
      { in: 'body', pointer: '', detail: 'must be JSON' },
    ]),
    'the request does not fit what this operation takes: query/limit must be integer; body must be JSON; /openapi.json describes it',
  ],
  UnauthenticatedError: [
    new requests.UnauthenticatedError(),
    'a token is needed: send the header Authorization: Bearer <token>, with one of those the service was started with',
  ],
  ForbiddenError: [
    new requests.ForbiddenError('viewer', 'admin'),
    'this needs the role admin, and the request has the role viewer; use a token of that role',
  ],
  HostNotAllowedError: [
    new requests.HostNotAllowedError(),
    'the Host header names neither an IP address, nor localhost, nor a name in allowedHosts; ' +
      'add the name that the service is known by to service.allowedHosts',
  ],
  CrossSiteRequestError: [
    new requests.CrossSiteRequestError(),
    'a page of another origin sent this request; the service answers pages of its own origin, and programs that are no browsers',
  ],
  RouteNotFoundError: [
    new requests.RouteNotFoundError(),
    'there is no operation of this path and method; /openapi.json lists all there are',
  ],
  ContentTypeError: [
    new requests.ContentTypeError(),
    'a request that changes something needs the header Content-Type: application/json, and JSON in UTF-8 or nothing as its body',
  ],
  BodyTooLargeError: [
    new requests.BodyTooLargeError(),
    'the body is larger than service.limits.bodyBytes; send less, or a reference to where the rest is',
  ],
  TooManyRequestsError: [new requests.TooManyRequestsError(7), 'too many requests of this client; try again in 7 s'],
  TooManyStreamsError: [
    new requests.TooManyStreamsError(100, 'client'),
    'there are 100 event streams of this client already, which is its limit; close one, or ask with GET now and then',
  ],
  InternalError: [
    new requests.InternalError({ cause }),
    'something broke while the request was answered; the log of the service says what, under its request id',
  ],
};

/** Every class of the source that is a TypeflowError, wherever it stands. */
function classesInSource(): string[] {
  const files = readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' });
  const sources = files
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(path.join(root, 'src', file), 'utf8'));
  return sources.flatMap((source) =>
    [...source.matchAll(/class (\w+) extends TypeflowError/g)].map((match) => match[1] as string),
  );
}

describe('the registry of errors', () => {
  it('holds the code of every class, and no other', () => {
    const used = Object.values(ERRORS).map(([error]) => error.code);
    expect([...used].sort()).toEqual(Object.keys(ERROR_CODES).sort());
    expect(new Set(used).size).toBe(used.length);
  });

  it('is tested with every class of the source', () => {
    expect(Object.keys(ERRORS).sort()).toEqual(classesInSource().sort());
  });

  it('has an entry in docs/errors.md for every code, with its class and HTTP status', () => {
    const docs = readFileSync(path.join(root, 'docs/errors.md'), 'utf8');
    const entries = [...docs.matchAll(/^### (\w+)\n\n`(\w+)`, HTTP (\d{3})\. \S/gm)].map(([, code, name, status]) => ({ code, name, status: Number(status) })); // prettier-ignore
    const expected = Object.entries(ERRORS).map(([name, [{ code }]]) => ({ code, name, status: ERROR_CODES[code] }));
    expect(docs.match(/^### /gm)).toHaveLength(entries.length);
    expect(new Map(entries.map((entry) => [entry.code, entry]))).toEqual(
      new Map(expected.map((entry) => [entry.code, entry])),
    );
    expect(entries.map(({ code }) => code)).toEqual(Object.keys(ERROR_CODES));
  });

  it('answers with statuses of errors', () => {
    for (const status of Object.values(ERROR_CODES)) expect(status).toBeGreaterThanOrEqual(400);
  });
});

describe('every error', () => {
  it.each(Object.entries(ERRORS))(
    '%s: is an Error with its class as name, and a message that helps',
    (name, [error, message]) => {
      expect(error).toBeInstanceOf(TypeflowError);
      expect(error).toBeInstanceOf(Error);
      expect(error.name).toBe(name);
      expect(error.message).toBe(message);
    },
  );

  it('hands on its cause', () => {
    for (const name of ['RunFailedError', 'NonRetryableError', 'TotalTimeoutError', 'StoreError']) {
      expect(ERRORS[name]?.[0].cause).toBe(cause);
    }
  });

  it('keeps the name of a class that a user derives', () => {
    class CardStolenError extends tasks.NonRetryableError {}
    expect(new CardStolenError('stolen')).toMatchObject({ name: 'CardStolenError', code: 'NON_RETRYABLE' });
  });

  it('words the other cases too', () => {
    expect(new runs.RunFailedError('r', undefined, { cause, workflow: 'w' }).message).toBe(
      'run r of w FAILED: declined',
    );
    expect(new runs.RunCancelledError('r', undefined).message).toBe('run r was CANCELLED');
    expect(new runs.RunNotRetryableError('r', 'COMPLETED').message).toContain('use fork(runId, { from })');
    expect(new definition.DefinitionError('w', [{ code: 'C', message: 'm', where: 'w' }]).message).toBe('workflow w has one problem:\n  - w: m [C]'); // prettier-ignore
  });
});
