import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FolderLockedError, FolderUnreadableError } from '../../src/core/errors/store-errors';
import { systemClock } from '../../src/runner/system-clock';
import { createStore } from '../../src/store/open-store';
import { lockFolder } from '../../src/store/typeorm/connections/folder-lock';
import { aNode, aRecord, first, sceneOf } from './contract/fixtures';

describe('the lock of a PGlite folder', () => {
  let base: string;
  let folder: string;

  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), 'typeflow-lock-'));
    folder = join(base, 'data');
  });

  afterEach(() => {
    rmSync(base, { recursive: true, force: true });
  });

  const refusal = (): unknown => {
    try {
      lockFolder(folder).release();
      return undefined;
    } catch (error) {
      return error;
    }
  };

  it('is held by one, names it, and is free again after its release', () => {
    const lock = lockFolder(folder);
    expect(refusal()).toMatchObject({ code: 'FOLDER_LOCKED', pid: process.pid, folder });
    lock.release();
    expect(readdirSync(base)).toEqual([]);
    expect(refusal()).toBeUndefined();
  });

  it('is never taken from a live process', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000); console.log("up")']);
    await once(child.stdout, 'data');
    writeFileSync(`${folder}.lock`, JSON.stringify({ pid: child.pid }));
    expect(refusal()).toBeInstanceOf(FolderLockedError);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(refusal()).toBeUndefined();
  });

  it.each([
    ['cut short', '{"pid":'],
    ['without a pid', '{}'],
    ['of a process whose pid was given to another one', JSON.stringify({ pid: process.ppid, startedAt: '1' })],
  ])('is taken over when the file is %s', (_, text) => {
    writeFileSync(`${folder}.lock`, text);
    const lock = lockFolder(folder);
    expect(JSON.parse(readFileSync(`${folder}.lock`, 'utf8'))).toMatchObject({ pid: process.pid });
    lock.release();
  });

  it('is not released by who no longer holds it', () => {
    const lock = lockFolder(folder);
    const foreign = JSON.stringify({ pid: process.ppid });
    writeFileSync(`${folder}.lock`, foreign);
    lock.release();
    expect(readFileSync(`${folder}.lock`, 'utf8')).toBe(foreign);
  });
});

describe('a PGlite folder', () => {
  let base: string;

  beforeAll(() => {
    base = mkdtempSync(join(tmpdir(), 'typeflow-folder-'));
  });

  afterAll(() => {
    rmSync(base, { recursive: true, force: true });
  });

  const at = (folder: string) => createStore(`pglite:${folder}`, { clock: systemClock });

  it('is private, refuses a second opening, keeps its runs, and frees those of the process before', async () => {
    const folder = join(base, 'new', 'data');
    const before = at(folder);
    await before.open();
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    await expect(at(folder).open()).rejects.toThrow(FolderLockedError);
    const old = sceneOf({ store: before, other: before });
    const run = await old.ownedRun(await old.newWorker());
    await before.record(aRecord(run, { nodes: [aNode()] }));
    await before.close();
    await before.close();
    expect(existsSync(`${folder}.lock`)).toBe(false);

    const after = at(folder);
    await after.open();
    const { newWorker, claimOf } = sceneOf({ store: after, other: after });
    const workerId = await newWorker();
    const poll = () => after.poll({ workerId, leaseMs: 1, claim: claimOf({ queues: [old.queue] }) });
    expect(await poll()).toMatchObject({ kind: 'alive', recovered: 1 });
    const second = await poll();
    expect(first(second.kind === 'alive' ? second.claimed : [])).toMatchObject({
      id: run.runId,
      crashes: 1,
      nodes: [{ node: 'pay' }],
    });
    await after.close();

    writeFileSync(join(folder, 'global', 'pg_control'), 'no control file');
    const damaged = await at(folder)
      .open()
      .catch((error: unknown) => error);
    expect(damaged).toBeInstanceOf(FolderUnreadableError);
    expect((damaged as Error).message).toContain(folder);
    expect(existsSync(`${folder}.lock`)).toBe(false);
  }, 60_000);

  it('that holds something else is refused and left as it is', async () => {
    const folder = join(base, 'documents');
    mkdirSync(folder);
    writeFileSync(join(folder, 'letter.txt'), 'dear');
    await expect(at(folder).open()).rejects.toThrow(FolderUnreadableError);
    expect(readdirSync(folder)).toEqual(['letter.txt']);
  });

  it('that a killed process was still making is made anew', async () => {
    const folder = join(base, 'half-made');
    mkdirSync(folder);
    writeFileSync(join(folder, 'base'), 'the beginning of a database');
    writeFileSync(`${folder}.creating`, '');
    const store = at(folder);
    await store.open();
    await store.close();
    expect(readdirSync(folder)).toContain('PG_VERSION');
    expect(existsSync(`${folder}.creating`)).toBe(false);
  });
});
