import type { Operations } from '../../src/application/operations';
import { safeJson, safeText } from '../../src/cli/output/safe-text';
import { fakeOperations, runIn } from './fake-world';
import { viewsSaying } from './views';

/** What payloads may hold to take a terminal over, to forge lines, or to look like something else. */
const PAYLOADS: Readonly<Record<string, string>> = {
  'a colour': 'x\u001b[31mEVIL',
  'a cleared screen': 'x\u001b[2J\u001b[HEVIL',
  'a title': 'x\u001b]0;EVIL\u0007',
  'a link': 'x\u001b]8;;http://evil.example\u001b\\EVIL\u001b]8;;\u001b\\',
  'a clipboard': 'x\u001b]52;c;RVZJTA==\u0007',
  'a device string': 'x\u001bP+q544e\u001b\\EVIL',
  'C1 controls': 'x\u009b31mEVIL\u009d0;EVIL\u009c\u0090EVIL\u0085',
  'a carriage return': 'x\rEVIL',
  'line feeds': 'x\nEVIL: forged\r\nEVIL',
  'other line ends': 'x\u2028EVIL\u2029EVIL\u000bEVIL\u000cEVIL',
  'backspaces and a bell': 'x\b\b\b\u0007\u007fEVIL\u0000',
  'turned text': 'x\u202eLIVE\u202c\u2066EVIL\u2069\u200f\u061cEVIL',
  'invisible characters': 'x\u200b\u200d\ufeff\u2060\u00adEVIL\u{e0041}\u{e007f}',
  'half a pair': 'x\ud83dEVIL\udc00',
};

const UNSAFE = new RegExp(
  '[\\u0000-\\u0009\\u000b-\\u001f\\u007f-\\u009f\\u00ad\\u061c\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff]|[\\u{e0000}-\\u{e007f}]|\\p{Surrogate}',
  'u',
);

/** Every command that shows something of somebody else's. */
const COMMANDS: readonly (readonly string[])[] = [
  ['list'],
  ['show', 'id'],
  ['explain', 'id'],
  ['events', 'id'],
  ['logs', 'id'],
  ['logs', 'id', '--follow'],
  ['start', 'w'],
  ['run', 'w'],
  ['execute', 'id'],
  ['fork', 'id'],
  ['cancel', '--workflow', 'w'],
  ['retry', '--workflow', 'w'],
  ['definitions'],
  ['graph'],
  ['plan'],
  ['schedules', 'list'],
  ['schedules', 'set', 'n', 'w', 'f', '--cron', '* * * * *'],
  ['schedules', 'trigger', 'n'],
  ['workers'],
  ['queues'],
  ['doctor'],
];

async function* eventsOf<T>(events: readonly T[]): AsyncGenerator<T> {
  yield* events;
}

function saying(text: string): Operations {
  const views = viewsSaying(text);
  return fakeOperations({
    list: () => ({ items: [views.run], cursor: text }),
    get: () => views.detail,
    explain: () => ({ ...views.explanation, run: { ...views.explanation.run, reason: { code: 'code-changed' } } }),
    events: () => eventsOf(views.events),
    logs: () => [views.log],
    create: () => ({ ...views.run, isNew: true }),
    execute: () => ({ outcome: 'started', run: views.run }),
    fork: () => views.fork,
    cancelMany: () => views.bulk,
    retryMany: () => views.bulk,
    definitions: () => [views.definition],
    plan: () => views.plan,
    schedules: () => [views.schedule],
    setSchedule: () => views.schedule,
    triggerSchedule: () => views.fork,
    workers: () => [views.worker],
    queues: () => [views.queue],
    health: () => ({ isReady: true, version: text, store: 'postgres' }),
  });
}

describe.each(Object.entries(PAYLOADS))('%s in every text that is shown', (_name, payload) => {
  it.each(COMMANDS.map((command) => [command.join(' '), command] as const))(
    'reaches no terminal by %s',
    async (_line, command) => {
      const operations = saying(payload);
      const plain = await runIn({ operations }, ...command);
      const shown = plain.stdout + plain.stderr;
      expect(shown).toMatch(/EVIL|RVZJTA/);
      expect(shown).not.toMatch(UNSAFE);
      // A graph and a plan are text of several lines, made of names that stand in the code.
      if (command[0] === 'graph' || command[0] === 'plan') return;
      expect(shown.split('\n').filter((line) => line.startsWith('EVIL'))).toEqual([]);
    },
  );

  it.each(COMMANDS.map((command) => [command.join(' '), command] as const))(
    'is not acted on among the colours of %s',
    async (_line, command) => {
      const operations = saying(payload);
      const coloured = await runIn({ operations, isTTY: true }, ...command);
      // What is left when the sequences of this program's own are gone: colours, and the cursor that goes up and clears.
      const own = /\u001b\[(?:\d{1,2}m|\d+A|2K|J)/g;
      const rest = coloured.stdout + coloured.stderr;
      expect(rest).not.toContain('\u001b[31mEVIL');
      if (!payload.includes('\u001b[')) expect(rest.replace(own, '')).not.toMatch(UNSAFE);
    },
  );

  it.each(COMMANDS.map((command) => [command.join(' '), command] as const))(
    'is spelled out in the JSON of %s, whose values stay',
    async (_line, command) => {
      const { stdout, stderr } = await runIn({ operations: saying(payload) }, ...command, '--json');
      expect(stdout + stderr).not.toMatch(UNSAFE);
      const documents = stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown);
      expect(documents.length).toBeGreaterThan(0);
      if (command[0] !== 'doctor') expect(JSON.stringify(documents)).toContain(JSON.stringify(payload).slice(1, -1));
    },
  );

  it('is spelled out in what is wrong with the command line', async () => {
    for (const command of [
      [payload],
      ['list', `--${payload}`],
      ['list', '--status', payload],
      ['list', '--limit', payload],
    ]) {
      const { code, stdout, stderr } = await runIn({}, ...command);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).not.toMatch(UNSAFE);
    }
  });

  it('is spelled out in errors', async () => {
    const operations = fakeOperations({
      get: () => Promise.reject(Object.assign(new Error(payload), { code: payload })),
    });
    for (const args of [
      ['show', 'id'],
      ['show', 'id', '--json'],
    ]) {
      const { code, stderr } = await runIn({ operations }, ...args);
      expect(code).toBe(1);
      expect(stderr).not.toMatch(UNSAFE);
    }
  });
});

describe('safe text', () => {
  it('leaves what can be read', () => {
    const text = 'Größe 10 €, 東京, 👍🏽, "quoted" \\ and é';
    expect(safeText(text)).toBe(text);
  });

  it('spells out the rest as JSON does', () => {
    expect(safeText('a\tb\nc\u001b')).toBe('a\\tb\\nc\\u001b');
    expect(safeText('\u{e0041}')).toBe('\\udb40\\udc41');
  });

  it('keeps the value of JSON', () => {
    for (const payload of Object.values(PAYLOADS)) {
      const value = { [payload]: [payload] };
      expect(JSON.parse(safeJson(value))).toEqual(value);
      expect(JSON.parse(safeJson(value, 2))).toEqual(value);
    }
    expect(safeJson(undefined)).toBe('null');
  });
});
