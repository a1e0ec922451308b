import { readFileSync } from 'node:fs';
import path from 'node:path';

/** The version in this package's own package.json, which is two folders up in `src/` and in `dist/`. */
export function packageVersion(): string {
  const file = path.join(__dirname, '..', '..', 'package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
