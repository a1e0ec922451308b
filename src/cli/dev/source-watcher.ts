import { readdirSync, watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import path from 'node:path';

const SOURCE = /^[^.].*\.(?:[mc]?[jt]s|json)$/;

/** Editors write a file in several steps, and several files at once. */
const SETTLED_MS = 150;

const MOST_FOLDERS = 2_000;

/** Watches folders for sources that change; `onChange` is called once after a burst of changes, with one of the files. */
export class SourceWatcher {
  readonly #onChange: (file: string) => void;
  readonly #watchers = new Map<string, FSWatcher>();
  readonly #roots = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(onChange: (file: string) => void) {
    this.#onChange = onChange;
  }

  /** Watches a folder with all below it, but for packages and what is hidden. */
  addTree(root: string): void {
    this.#roots.add(root);
    for (const folder of foldersBelow(root)) this.add(folder);
  }

  /** Watches one folder alone. */
  add(folder: string): void {
    if (this.#watchers.has(folder) || this.#watchers.size >= MOST_FOLDERS) return;
    try {
      const watcher = watch(folder, (_event, name) => this.#changed(folder, name ?? ''));
      watcher.on('error', () => this.#forget(folder));
      this.#watchers.set(folder, watcher);
    } catch {
      // Gone meanwhile, or the system has no watches left: the others go on.
    }
  }

  get size(): number {
    return this.#watchers.size;
  }

  close(): void {
    clearTimeout(this.#timer);
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  #changed(folder: string, name: string): void {
    if (SOURCE.test(name)) {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#onChange(path.join(folder, name)), SETTLED_MS);
    } else if (!name.startsWith('.') && !name.includes('.')) {
      // Perhaps a new folder.
      for (const root of this.#roots) this.addTree(root);
    }
  }

  #forget(folder: string): void {
    this.#watchers.get(folder)?.close();
    this.#watchers.delete(folder);
  }
}

function foldersBelow(root: string): readonly string[] {
  const found: string[] = [];
  const open = [root];
  for (let folder = open.pop(); folder !== undefined && found.length < MOST_FOLDERS; folder = open.pop()) {
    found.push(folder);
    for (const name of subfolders(folder)) open.push(path.join(folder, name));
  }
  return found;
}

function subfolders(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== 'node_modules')
      .map(({ name }) => name);
  } catch {
    return [];
  }
}
