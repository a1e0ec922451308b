import { mkdirSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { folderOf, removeFolder } from '../fixtures/folder-of';
import { cli } from './cli-process';

const TELL_MODULES = path.join(__dirname, '../fixtures/tell-modules.js');
const NO_SERVICE = ['--url', 'http://127.0.0.1:9'];

describe('what a command loads', () => {
  let folder: string;
  beforeEach(() => (folder = folderOf()));
  afterEach(() => removeFolder(folder));

  /** Whether the engine, with TypeORM, was among it. */
  async function loadsEngine(args: readonly string[]): Promise<boolean> {
    const file = path.join(folder, 'modules.txt');
    await cli(folder, args, { NODE_OPTIONS: `--require=${TELL_MODULES}`, TELL_MODULES: file });
    return /node_modules[\\/]typeorm[\\/]/.test(readFileSync(file, 'utf8'));
  }

  it.each([[['--version']], [['list', ...NO_SERVICE]], [['cancel', 'x', ...NO_SERVICE]]])(
    '%j does without the engine, which takes longer to load than all the rest',
    async (args) => {
      expect(await loadsEngine(args)).toBe(false);
    },
    60_000,
  );

  it('is the engine where a database is opened', async () => {
    expect(await loadsEngine(['migrate', 'status', '--database', 'postgres://127.0.0.1:9/none'])).toBe(true);
  }, 60_000);
});

describe('a configuration that never settles', () => {
  it.each([[[]], [['--json']]])(
    'ends a command with a failure that says so: %j',
    async (json) => {
      const folder = folderOf({ 'typeflow.config.js': 'module.exports = () => new Promise(() => {});\n' });
      const { code, stdout, stderr } = await cli(folder, ['migrate', 'up', ...json]);
      removeFolder(folder);
      expect({ code, stdout }).toEqual({ code: 6, stdout: '' });
      expect(stderr).toContain('the command is not done');
      expect(stderr).toContain('APPLICATION_NOT_LOADED');
      if (json.length > 0) expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'APPLICATION_NOT_LOADED' } });
    },
    60_000,
  );
});

it('dev ends with a sentence where its address cannot be written', async () => {
  const folder = folderOf({ 'typeflow.config.js': 'module.exports = { workflows: [] };\n' });
  mkdirSync(path.join(folder, '.typeflow.dev.json'));
  const { code, stderr } = await cli(folder, ['dev', '--port', '0']);
  const left = readdirSync(folder).filter((name) => name.startsWith('.typeflow.dev'));
  removeFolder(folder);
  expect({ code, left }).toEqual({ code: 1, left: ['.typeflow.dev.json'] });
  expect(stderr).toMatch(/^error: .*cannot be written \(EISDIR\)/m);
  expect(stderr).not.toMatch(/^ +at /m);
}, 120_000);
