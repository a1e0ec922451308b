import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Operations } from '../../src/application/operations';
import {
  RunFailedError,
  RunNotFoundError,
  RunNotRetryableError,
  ScheduleNotFoundError,
} from '../../src/core/errors/run-errors';
import { ConfigurationError, ArgumentError } from '../../src/core/errors/definition-error';
import { DatabaseUnreachableError } from '../../src/core/errors/store-errors';
import { EXIT, exitCodeOf } from '../../src/cli/exit-codes';
import { ServiceAnswerError, ServiceUnreachableError } from '../../src/cli/remote/service-errors';
import { folderOf, removeFolder } from '../fixtures/folder-of';
import { fakeOperations, runIn } from './fake-world';
import { viewsSaying } from './views';

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
const { run, detail, fork, bulk, schedule, events, log } = viewsSaying('text');

/** Each command line, and what is asked of the operations by it. */
const ASKED: readonly (readonly [string, keyof Operations, readonly unknown[]])[] = [
  ['list', 'list', [{}, {}]],
  [
    'list --workflow w --flow f --status failed,CANCELLED --queue q --parent p --tag a --tag b --text x --since 2h --until 2026-01-01 --limit 3 --cursor c',
    'list',
    [
      {
        workflow: 'w',
        flow: 'f',
        status: ['FAILED', 'CANCELLED'],
        queue: 'q',
        parentId: 'p',
        tags: ['a', 'b'],
        text: 'x',
        createdAfter: '2026-01-01T22:00:00.000Z',
        createdBefore: '2026-01-01T00:00:00.000Z',
      },
      { limit: 3, cursor: 'c' },
    ],
  ],
  ['show r', 'get', ['r']],
  ['explain r pay', 'explain', ['r', 'pay']],
  ['explain r', 'explain', ['r', undefined]],
  ['logs r', 'logs', ['r']],
  ['start w', 'create', [{ workflow: 'w', start: true }]],
  ['start w --held', 'create', [{ workflow: 'w', start: false }]],
  [
    'start w main --input {"a":1} --key k --version 2 --queue q --priority -5 --tag a,b --delay 1h --deadline 2h --at 2026-01-01',
    'create',
    [
      {
        workflow: 'w',
        flow: 'main',
        input: { a: 1 },
        idempotencyKey: 'k',
        version: '2',
        queue: 'q',
        priority: -5,
        tags: ['a', 'b'],
        delay: '1h',
        startAt: '2026-01-01',
        deadline: '2h',
        start: true,
      },
    ],
  ],
  ['execute r', 'execute', ['r', {}]],
  ['execute r --flow f --input null', 'execute', ['r', { flow: 'f', input: null }]],
  [
    'fork r --from pay --index 2 --input 7 --version 3 --key k',
    'fork',
    ['r', { from: 'pay', index: 2, input: 7, version: '3', idempotencyKey: 'k' }],
  ],
  ['signal r paid --payload {"by":"ann"} --id c', 'signal', ['r', 'paid', { payload: { by: 'ann' }, id: 'c' }]],
  ['cancel r', 'cancel', ['r', {}]],
  ['cancel r --reason enough', 'cancel', ['r', { reason: 'enough' }]],
  ['cancel --workflow w --dry-run', 'cancelMany', [{ workflow: 'w' }, { dryRun: true }]],
  ['retry r', 'retry', ['r', {}]],
  ['retry r --from pay', 'retry', ['r', { from: 'pay' }]],
  ['retry r --compensations', 'retry', ['r', { compensations: true }]],
  ['retry --text boom', 'retryMany', [{ text: 'boom' }, { dryRun: false }]],
  ['schedules list', 'schedules', []],
  [
    'schedules set n w f --cron 0_6_*_*_* --time-zone Europe/Berlin --overlap skip --catch-up one --input 1',
    'setSchedule',
    [
      'n',
      {
        workflow: 'w',
        flow: 'f',
        cron: '0 6 * * *',
        timeZone: 'Europe/Berlin',
        overlap: 'skip',
        catchUp: 'one',
        input: 1,
      },
    ],
  ],
  ['schedules pause n', 'pauseSchedule', ['n']],
  ['schedules resume n', 'resumeSchedule', ['n']],
  ['schedules trigger n', 'triggerSchedule', ['n']],
  ['schedules remove n', 'removeSchedule', ['n']],
  ['workers', 'workers', []],
  ['queues', 'queues', []],
  ['definitions', 'definitions', []],
  [
    'cleanup --older-than 30d --status completed',
    'cleanup',
    [{ olderThan: '30d', status: ['COMPLETED'], signal: expect.any(AbortSignal) }],
  ],
];

const ANSWERS = {
  list: () => ({ items: [run] }),
  get: () => detail,
  explain: () => viewsSaying('text').explanation,
  logs: () => [log],
  create: () => ({ ...run, isNew: true }),
  execute: () => ({ outcome: 'started', run }),
  fork: () => fork,
  cancel: () => ({ isAccepted: true }),
  cancelMany: () => ({ ...bulk, failures: [] }),
  retry: () => fork,
  retryMany: () => ({ ...bulk, failures: [] }),
  schedules: () => [schedule],
  setSchedule: () => schedule,
  triggerSchedule: () => fork,
  removeSchedule: () => ({ isRemoved: true }),
  workers: () => [viewsSaying('text').worker],
  queues: () => [viewsSaying('text').queue],
  definitions: () => [viewsSaying('text').definition],
  cleanup: () => ({ deleted: 2, isComplete: true }),
  async *events() {
    yield* events;
  },
} as const;

const toArgs = (line: string): string[] =>
  line.split(' ').map((part) => (part.startsWith('0_') ? part.replaceAll('_', ' ') : part));

describe('a command line', () => {
  it.each(ASKED)('%s asks for %s', async (line, verb, args) => {
    const operations = fakeOperations(ANSWERS);
    const { code, stderr } = await runIn({ operations }, ...toArgs(line));
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    expect(operations.calls).toEqual([[verb, ...args]]);
  });

  it.each(ASKED)('%s --json answers with one document', async (line) => {
    const { code, stdout, stderr } = await runIn({ operations: fakeOperations(ANSWERS) }, ...toArgs(line), '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.endsWith('\n')).toBe(true);
    expect(() => JSON.parse(stdout) as unknown).not.toThrow();
  });

  it('takes inputs from files and from standard input, too', async () => {
    const cwd = folderOf({ 'input.json': '{ "from": "a file" }' });
    const operations = fakeOperations(ANSWERS);
    await runIn({ operations, cwd }, 'start', 'w', '--input-file', 'input.json');
    await runIn({ operations, cwd, stdin: '[1, 2]' }, 'start', 'w', '--input-file', '-');
    expect(operations.calls.map(([, params]) => (params as { input: unknown }).input)).toEqual([
      { from: 'a file' },
      [1, 2],
    ]);
    removeFolder(cwd);
  });

  it.each([
    ['frobnicate', /unknown command 'frobnicate'/],
    ['list --frob', /unknown option '--frob'/],
    ['show', /missing required argument 'run'/],
    ['show a b', /too many arguments/],
    ['list --limit many', /--limit: expected a whole number, got 'many'/],
    ['list --status DONE', /--status: expected one of PENDING, .*, got 'DONE'/],
    ['list --since yesterday', /--since: expected an instant/],
    ['start w --input {', /--input: expected JSON/],
    ['start w --input 1 --input-file x', /--input and --input-file say two things/],
    ['start w --input-file nowhere.json', /nowhere\.json cannot be read \(ENOENT\)/],
    ['cancel', /name a run, or choose several/],
    ['retry r --workflow w', /a run is named/],
    // An empty variable of a shell must not choose every run, and no more than what else is given.
    ['cancel --tag ', /--tag: expected something, got an empty text/],
    ['cancel --tag , --workflow w', /--tag: expected something/],
    ['cancel --tag a, --workflow w', /--tag: expected something/],
    ['retry --text ', /--text: expected something/],
    ['retry --workflow  --tag a', /--workflow: expected something/],
    ['retry --status  --tag a', /--status: expected something/],
    ['worker --queue ', /--queue: expected something/],
    ['worker --concurrency 0', /--concurrency: expected a whole number from 1, got '0'/],
    ['serve --port 99999', /--port: expected a whole number from 0 to 65535, got '99999'/],
    ['dev --port -1', /--port: expected a whole number/],
    ['cleanup --older-than 1d --status ', /--status: expected something/],
    ['retry --workflow w --from pay', /--from and --compensations are of one run/],
    ['schedules', /Usage: typeflow schedules/],
    ['schedules set n w f', /required option '--cron <pattern>' not specified/],
    ['cleanup', /required option '--older-than <duration>' not specified/],
    ['cleanup --older-than 1d --status RUNNING', /--status: expected one of COMPLETED, FAILED, CANCELLED/],
    ['graph', /name one of the workflows: a, b/],
  ])('%s is not understood', async (line, message) => {
    const named = (name: string) => ({ ...viewsSaying('text').definition, name });
    const operations = fakeOperations({ ...ANSWERS, definitions: () => [named('a'), named('b')] });
    const { code, stdout, stderr } = await runIn({ operations }, ...line.split(' '));
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });

  it('of several versions of a workflow the last that is registered is drawn, as it is the one that is planned', async () => {
    const { definition } = viewsSaying('w');
    const versions = ['1', '2'].map((version) => ({ ...definition, version, mermaid: `version ${version}` }));
    const operations = fakeOperations({ ...ANSWERS, definitions: () => versions });
    expect((await runIn({ operations }, 'graph', 'w')).stdout).toBe('version 2\n');
    expect((await runIn({ operations }, 'graph')).stdout).toBe('version 2\n');
  });

  it.each([['--version'], ['-v']])('%s tells the version', async (option) => {
    expect(await runIn({}, option)).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it.each([[['--help']], [['-h']], [[]], [['list', '--help']]])('%j helps', async (args) => {
    const { code, stdout, stderr } = await runIn({}, ...args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('Usage: typeflow');
  });
});

describe('a run that is followed', () => {
  const ended = (status: 'COMPLETED' | 'FAILED', output?: string) =>
    fakeOperations({ ...ANSWERS, get: () => ({ ...detail, status, ...(output !== undefined && { output }) }) });

  it('puts its output alone on standard output', async () => {
    const { code, stdout, stderr } = await runIn({ operations: ended('COMPLETED', 'done') }, 'run', 'w');
    expect({ code, stdout }).toEqual({ code: 0, stdout: '"done"\n' });
    expect(stderr).toContain('the run is FAILED');
    expect((await runIn({ operations: ended('COMPLETED', 'done') }, 'run', 'w', '--json')).stderr).toBe('');
  });

  it('ends with 1 when it failed', async () => {
    expect(await runIn({ operations: ended('FAILED') }, 'run', 'w')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('FAILED: text'),
    });
    const asJson = await runIn({ operations: ended('FAILED') }, 'run', 'w', '--json');
    expect({ code: asJson.code, status: (JSON.parse(asJson.stdout) as { status: string }).status }).toEqual({
      code: 1,
      status: 'FAILED',
    });
  });

  it('is drawn on a terminal, and nowhere else', async () => {
    const onTerminal = await runIn({ operations: ended('COMPLETED'), isTTY: true }, 'run', 'w');
    expect(onTerminal.stderr).toContain('\u001b[2K');
    for (const env of [{ CI: '1' }, { TERM: 'dumb' }]) {
      expect((await runIn({ operations: ended('COMPLETED'), isTTY: true, env }, 'run', 'w')).stderr).not.toContain(
        '\u001b[2K',
      );
    }
  });

  it('goes on without us after Ctrl-C', async () => {
    const operations = fakeOperations({
      ...ANSWERS,
      async *events(_runId, { signal }) {
        yield events[0]!;
        if (signal?.aborted !== true)
          await new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve()));
      },
    });
    const { code, stderr } = await runIn({ operations, interruptAfter: 'RUNNING' }, 'run', 'w');
    expect(code).toBe(EXIT.interrupted);
    expect(stderr).toContain('no longer followed; it goes on');
    expect(operations.calls.map(([verb]) => verb)).not.toContain('cancel');
  });

  it('is told line by line as JSON', async () => {
    const { stdout } = await runIn({ operations: fakeOperations(ANSWERS) }, 'events', 'r', '--json');
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual(events);
  });
});

describe('many runs', () => {
  it.each([
    [{ changed: 1_000, isMore: true }, 'there are more: call again\n'],
    [{ changed: 0, isMore: true }, 'there are more: choose older ones (--until)\n'],
    [{ changed: 2, isMore: false }, ''],
  ])('of which %j', async (answer, stderr) => {
    const operations = fakeOperations({ cancelMany: () => ({ ...bulk, failures: [], ...answer }) });
    expect(await runIn({ operations }, 'cancel', '--workflow', 'w')).toMatchObject({ code: 0, stderr });
  });
});

describe('colours', () => {
  it.each([
    [{ isTTY: true }, true],
    [{ isTTY: true, env: { NO_COLOR: '1' } }, false],
    [{ isTTY: true, env: { NO_COLOR: '' } }, true],
    [{ isTTY: true, env: { TERM: 'dumb' } }, false],
    [{ isTTY: false }, false],
  ])('%j: %s', async (world, expected) => {
    const { stdout } = await runIn({ operations: fakeOperations(ANSWERS), ...world }, 'list');
    expect(stdout.includes('\u001b[')).toBe(expected);
  });
});

describe('exit codes', () => {
  const cause = new Error('declined');

  it.each([
    [new RunFailedError('r', undefined, { cause, workflow: 'w' }), EXIT.failed],
    [new RunNotRetryableError('r', 'RUNNING'), EXIT.failed],
    [new Error('anything'), EXIT.failed],
    [new ArgumentError('m'), EXIT.usage],
    [new RunNotFoundError('r'), EXIT.notFound],
    [new ScheduleNotFoundError('n'), EXIT.notFound],
    [new DatabaseUnreachableError('m'), EXIT.unavailable],
    [new ServiceUnreachableError('m'), EXIT.unavailable],
    [new ConfigurationError('m'), EXIT.application],
    [new ServiceAnswerError('m', 'RUN_NOT_FOUND', 404), EXIT.notFound],
    [new ServiceAnswerError('m', 'RUN_NOT_RETRYABLE', 409), EXIT.failed],
    [new ServiceAnswerError('m', 'UNAUTHORIZED', 401), EXIT.forbidden],
    [new ServiceAnswerError('m', 'FORBIDDEN', 403), EXIT.forbidden],
    [new ServiceAnswerError('m', 'ARGUMENT_INVALID', 400), EXIT.usage],
    [new ServiceAnswerError('m', 'ANYTHING', 500), EXIT.failed],
    [new ServiceAnswerError('m', 'HTTP_502', 502), EXIT.unavailable],
    [new ServiceAnswerError('m', 'HTTP_504', 504), EXIT.unavailable],
    [new ServiceAnswerError('m', 'WAIT_ABORTED', 504), EXIT.failed],
    ['no error at all', EXIT.failed],
  ])('of %s: %d', (error, code) => {
    expect(exitCodeOf(error)).toBe(code);
  });

  it('are those of the docs', () => {
    const docs = readFileSync(path.join(__dirname, '../../docs/cli.md'), 'utf8');
    const rows = [...docs.matchAll(/^\| (\d+) \| /gm)].map(([, code]) => Number(code));
    expect(rows).toEqual(Object.values(EXIT));
  });

  it.each([
    [['cancel', 'r'], { cancel: () => ({ isAccepted: false }) }, EXIT.failed],
    [['cancel', '--workflow', 'w'], { cancelMany: () => bulk }, EXIT.failed],
    [['schedules', 'remove', 'n'], { removeSchedule: () => ({ isRemoved: false }) }, EXIT.notFound],
  ])('of %j, which did not do it', async (args, answers, code) => {
    expect((await runIn({ operations: fakeOperations(answers) }, ...args)).code).toBe(code);
  });

  it('come with a document for programs', async () => {
    const operations = fakeOperations({ get: () => Promise.reject(new RunNotFoundError('r')) });
    const { code, stdout, stderr } = await runIn({ operations }, 'show', 'r', '--json');
    expect({ code, stdout, error: JSON.parse(stderr) as unknown }).toEqual({
      code: 3,
      stdout: '',
      error: { error: { code: 'RUN_NOT_FOUND', message: new RunNotFoundError('r').message } },
    });
  });

  it('come with no number for a code, as some errors of Node have', async () => {
    const error = Object.assign(new Error('too long'), { code: 23 });
    const operations = fakeOperations({ get: () => Promise.reject(error) });
    const { stderr } = await runIn({ operations }, 'show', 'r', '--json');
    expect(JSON.parse(stderr)).toEqual({ error: { message: 'too long' } });
  });

  it('never come with a password', async () => {
    const message = 'no answer from postgres://ann:hunter2@db/app?password=hunter3';
    const operations = fakeOperations({ get: () => Promise.reject(new Error(message)) });
    for (const args of [
      ['show', 'r'],
      ['show', 'r', '--json'],
    ]) {
      const { stderr } = await runIn({ operations }, ...args);
      expect(stderr).toContain('postgres://ann');
      expect(stderr).not.toMatch(/hunter/);
    }
  });
});

describe('the commands', () => {
  it('are those of the docs', async () => {
    const docs = readFileSync(path.join(__dirname, '../../docs/cli.md'), 'utf8');
    const { stdout } = await runIn({}, '--help');
    const listed = [...stdout.matchAll(/^ {2}([a-z]+)(?: \[| <| )/gm)].map(([, name]) => name);
    const described = [...docs.matchAll(/^\| `([a-z]+)/gm)].map(([, name]) => name);
    expect(new Set(listed)).toEqual(new Set(described));
    expect(listed.length).toBeGreaterThan(15);
  });
});
