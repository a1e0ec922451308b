import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { chooseDatabase } from '../../src/cli/target/choose-database';
import { chooseTarget } from '../../src/cli/target/choose-target';
import { devAddressFile, readDevAddress, removeDevAddress, writeDevAddress } from '../../src/cli/dev/dev-address';
import { UsageError } from '../../src/cli/exit-codes';
import type { World } from '../../src/cli/world';
import { folderOf, removeFolder } from '../fixtures/folder-of';
import { runIn } from './fake-world';

let cwd: string;
beforeEach(() => (cwd = folderOf({ token: 'secret-token\n', 'bad-token': 'two words' })));
afterEach(() => removeFolder(cwd));

const choose = (options: Parameters<typeof chooseTarget>[0], env: World['env'] = {}) => {
  const warnings: string[] = [];
  const target = chooseTarget(options, { env, cwd } as World, (text) => warnings.push(text));
  return { target, warnings };
};

describe('where a command acts', () => {
  it('is what is named, then the environment, then a running dev, then the application', () => {
    const env = { TYPEFLOW_URL: 'http://env:1', TYPEFLOW_DATABASE: 'postgres://env/db' };
    const dev = { url: 'http://127.0.0.1:4401', pid: process.pid };
    writeDevAddress(cwd, dev);
    const service = (url: string) => ({ kind: 'service', url, token: undefined });
    expect(choose({ url: 'http://named:1/' }, env).target).toEqual(service('http://named:1'));
    expect(choose({ database: 'pglite:x' }, env).target).toEqual({ kind: 'database', database: 'pglite:x' });
    expect(choose({}, env).target).toEqual(service('http://env:1'));
    expect(choose({}, { TYPEFLOW_DATABASE: 'pglite:y' }).target).toEqual({ kind: 'database', database: 'pglite:y' });
    expect(choose({}).target).toEqual(service(dev.url));
    expect(choose({ config: 'other.js' }).target).toEqual({ kind: 'database', database: undefined });
    removeDevAddress(cwd, process.pid);
    expect(choose({}).target).toEqual({ kind: 'database', database: undefined });
  });

  it.each([
    [{ url: 'http://a', database: 'pglite:' }, /--url and --database say two things/],
    [{ url: 'nonsense' }, /--url: expected an address/],
    [{ url: 'file:///etc/passwd' }, /--url: expected an address/],
    [{ url: 'http://ann:hunter2@host' }, /no user or password in the address/],
    [{ url: 'http://a', tokenFile: 'nowhere' }, /nowhere cannot be read/],
    [{ url: 'http://a', tokenFile: 'bad-token' }, /expected a token/],
  ])('is not %j', (options, message) => {
    expect(() => choose(options)).toThrow(message);
    expect(() => choose(options)).toThrow(UsageError);
    expect(() => choose(options)).not.toThrow(/hunter2/);
  });

  it('takes its token from a file or the environment: the command line has no option for one', async () => {
    const tokenOf = (options: object, env: World['env']) => choose({ url: 'http://a', ...options }, env).target;
    expect(tokenOf({ tokenFile: 'token' }, { TYPEFLOW_TOKEN: 'other' })).toMatchObject({ token: 'secret-token' });
    expect(tokenOf({}, { TYPEFLOW_TOKEN: 'other' })).toMatchObject({ token: 'other' });
    expect(await runIn({}, 'list', '--token', 'x')).toMatchObject({ code: 2 });
  });

  it.each(['hunter2\nnext', 'hunter2\n', 'hunter2 x', 'hunter2\u00fc'])(
    'shows nothing of a token in the environment that is none: %j',
    async (token) => {
      const { code, stderr } = await runIn({ env: { TYPEFLOW_TOKEN: token } }, 'list', '--url', 'http://127.0.0.1:1');
      expect(code).toBe(2);
      expect(stderr).toContain('TYPEFLOW_TOKEN: expected a token');
      expect(stderr).not.toContain('hunter2');
    },
  );

  it.each(['postgres://ann:hunter2@host/db', 'postgres://host/db?user=ann&password=hunter2'])(
    'warns of the password in %s',
    (database) => {
      const { warnings } = choose({ database });
      expect(warnings).toEqual([expect.stringContaining('use TYPEFLOW_DATABASE')]);
      expect(warnings.join('')).not.toContain('hunter2');
      expect(choose({ database: 'postgres://ann@host/db' }).warnings).toEqual([]);
      expect(choose({}, { TYPEFLOW_DATABASE: database }).warnings).toEqual([]);
    },
  );

  it('is the database itself for what no service does', async () => {
    const world = { env: { TYPEFLOW_URL: 'http://a' }, cwd } as unknown as World;
    expect(await chooseDatabase({ database: 'pglite:x' }, world, () => undefined)).toEqual({ database: 'pglite:x' });
    writeDevAddress(cwd, { url: 'http://127.0.0.1:1', pid: process.pid });
    await expect(chooseDatabase({}, world, () => undefined)).rejects.toThrow(/stop it first/);
  });
});

describe('the address of a running dev', () => {
  it('is for this user alone, and is removed by whoever wrote it', () => {
    writeDevAddress(cwd, { url: 'http://127.0.0.1:1', pid: process.pid });
    expect(statSync(devAddressFile(cwd)).mode & 0o777).toBe(0o600);
    removeDevAddress(cwd, process.pid + 1);
    expect(readDevAddress(cwd)?.url).toBe('http://127.0.0.1:1');
    removeDevAddress(cwd, process.pid);
    expect(existsSync(devAddressFile(cwd))).toBe(false);
    removeDevAddress(cwd, process.pid);
  });

  it.each([
    ['of a process that is dead', { url: 'http://127.0.0.1:1', pid: 2 ** 22 + 1 }],
    ['of nobody', { url: 'http://127.0.0.1:1', pid: 0 }],
    ['of another machine', { url: 'http://evil.example', pid: process.pid }],
    ['without a pid', { url: 'http://127.0.0.1:1' }],
    ['without an address', { pid: process.pid }],
  ])('%s is none', (_name, address) => {
    writeFileSync(devAddressFile(cwd), JSON.stringify(address));
    expect(readDevAddress(cwd)).toBeUndefined();
  });

  it('that cannot be written is told, and leaves nothing behind', () => {
    mkdirSync(devAddressFile(cwd));
    const before = readdirSync(cwd);
    expect(() => writeDevAddress(cwd, { url: 'http://127.0.0.1:1', pid: 1 })).toThrow(
      /typeflow\.dev\.json.* cannot be written \(EISDIR\)/,
    );
    expect(readdirSync(cwd)).toEqual(before);
  });

  it('that was cut short is none, and is written anew', () => {
    writeFileSync(devAddressFile(cwd), '{ "url');
    expect(readDevAddress(cwd)).toBeUndefined();
    removeDevAddress(cwd, process.pid);
    writeDevAddress(cwd, { url: 'http://localhost:1', pid: process.pid });
    expect(JSON.parse(readFileSync(devAddressFile(cwd), 'utf8'))).toEqual({
      url: 'http://localhost:1',
      pid: process.pid,
    });
  });
});
