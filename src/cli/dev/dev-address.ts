import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** How a running `typeflow dev` is found by other commands of its folder. */
export interface DevAddress {
  readonly url: string;
  /** Of the process that was started: the one that ends last. */
  readonly pid: number;
}

/** Beside the folder of the embedded database, like its lock: a foreign file inside would be one too many for PGlite. */
export function devAddressFile(folder: string): string {
  return path.join(folder, '.typeflow.dev.json');
}

/** Written in one step, and for this user alone. @throws Error that says what is in the way */
export function writeDevAddress(folder: string, address: DevAddress): void {
  const file = devAddressFile(folder);
  const draft = `${file}.${process.pid}`;
  try {
    rmSync(draft, { force: true });
    writeFileSync(draft, `${JSON.stringify(address)}\n`, { mode: 0o600, flag: 'wx' });
    renameSync(draft, file);
  } catch (error) {
    rmSync(draft, { force: true, recursive: true });
    throw new Error(
      `${file}, by which other commands find this dev, cannot be written (${String(Object(error).code)}); remove what is in its place, or let this user write there`,
      { cause: error },
    );
  }
}

/** Of a process that lives; what a dead one left behind is as good as none, and blocks nothing. */
export function readDevAddress(folder: string): DevAddress | undefined {
  try {
    const { url, pid } = JSON.parse(readFileSync(devAddressFile(folder), 'utf8')) as Partial<DevAddress>;
    if (typeof url !== 'string' || !isLoopback(url) || !Number.isSafeInteger(pid)) return undefined;
    return isAlive(pid as number) ? { url, pid: pid as number } : undefined;
  } catch {
    return undefined;
  }
}

/** Only one's own: another `dev` may have begun meanwhile. */
export function removeDevAddress(folder: string, pid: number): void {
  try {
    const found = JSON.parse(readFileSync(devAddressFile(folder), 'utf8')) as Partial<DevAddress>;
    if (found.pid === pid) rmSync(devAddressFile(folder), { force: true });
  } catch {
    // Gone already, or not ours.
  }
}

/** A file of this folder must not send a token to somewhere else. */
function isLoopback(url: string): boolean {
  return URL.canParse(url) && ['127.0.0.1', '[::1]', 'localhost'].includes(new URL(url).hostname);
}

function isAlive(pid: number): boolean {
  if (pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return Object(error).code === 'EPERM';
  }
}
