import { closeSync, linkSync, openSync, readFileSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { FolderLockedError } from '../../../core/errors/store-errors';

/** Who has a folder open. */
interface Owner {
  readonly pid: number;
  /** When the process started, as the system counts it: a pid alone may have been given to another process since. */
  readonly startedAt: string | undefined;
}

/** A held lock of a PGlite folder. */
export interface FolderLock {
  release(): void;
}

const ATTEMPTS = 20;

/**
 * Takes the lock of a folder: a file beside it, `<folder>.lock`, that names the owner. A live owner is never robbed; what
 * a dead one left behind is taken over.
 *
 * @throws FolderLockedError when a live process has the folder
 */
export function lockFolder(folder: string): FolderLock {
  const path = `${folder}.lock`;
  const me: Owner = { pid: process.pid, startedAt: startOf(process.pid) };
  const text = JSON.stringify(me);
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    if (createWhole(path, text)) return { release: () => releaseOwn(path, text) };
    const found = readOwner(path);
    if (found === undefined) continue;
    if (isAlive(found.owner)) throw new FolderLockedError(folder, found.owner.pid);
    removeDead(path, found.text);
  }
  throw new FolderLockedError(folder, readOwner(path)?.owner.pid ?? 0);
}

/** Creates the file with its content in one step: linked into place, it is never seen empty, and never replaces another. */
function createWhole(path: string, text: string): boolean {
  const draft = `${path}.${process.pid}.${startOf(process.pid) ?? ''}`;
  writeFileSync(draft, text, { mode: 0o600 });
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    if (isCode(error, 'EPERM') || isCode(error, 'ENOTSUP')) return createExclusively(path, text);
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** For file systems without links. */
function createExclusively(path: string, text: string): boolean {
  try {
    const file = openSync(path, 'wx', 0o600);
    writeSync(file, text);
    closeSync(file);
    return true;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    throw error;
  }
}

function readOwner(path: string): { readonly owner: Owner; readonly text: string } | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
  try {
    const { pid, startedAt } = JSON.parse(text) as Owner;
    return { owner: { pid, startedAt }, text };
  } catch {
    // Cut short by a crash while it was written: nobody's.
    return { owner: { pid: 0, startedAt: undefined }, text };
  }
}

/**
 * Removes a dead owner's file, and no other. It is moved aside first, which only one process can do; if what it then holds
 * is not what was judged dead, a faster one had already taken over, and gets it back.
 */
function removeDead(path: string, text: string): void {
  const aside = `${path}.dead.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (isCode(error, 'ENOENT')) return;
    throw error;
  }
  try {
    if (readFileSync(aside, 'utf8') !== text) linkSync(aside, path);
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

function releaseOwn(path: string, text: string): void {
  if (readOwner(path)?.text === text) rmSync(path, { force: true });
}

function isAlive(owner: Owner): boolean {
  if (!Number.isInteger(owner.pid) || owner.pid <= 0) return false;
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    // EPERM: it lives, under another user.
    return isCode(error, 'EPERM');
  }
  const startedAt = startOf(owner.pid);
  return owner.startedAt === undefined || startedAt === undefined || owner.startedAt === startedAt;
}

/** Field 22 of `/proc/<pid>/stat`, in ticks since boot; `undefined` where there is no `/proc`. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name, which may itself hold blanks and brackets.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

function isCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}
