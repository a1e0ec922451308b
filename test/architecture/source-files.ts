import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

/** One file of a folder: its path below that folder, with slashes, and its text. */
export interface SourceFile {
  readonly name: string;
  readonly text: string;
}

export const projectRoot = path.join(__dirname, '..', '..');

/** All TypeScript files below a folder of the project. */
export function sourceFiles(folder: string): SourceFile[] {
  const root = path.join(projectRoot, folder);
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => ({ name: name.split(path.sep).join('/'), text: readFileSync(path.join(root, name), 'utf8') }))
    .sort((a, b) => a.name.localeCompare(b.name));
}
