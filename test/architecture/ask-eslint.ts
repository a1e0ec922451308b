import { execFileSync } from 'node:child_process';
import path from 'node:path';

export interface LintMessage {
  readonly file: string;
  readonly ruleId: string | null;
  readonly line: number;
  readonly message: string;
}

export interface LintSettings {
  readonly file: string;
  readonly isIgnored: boolean;
  /** 0 is off, 1 a warning, 2 an error. */
  readonly rules: Readonly<Record<string, number>>;
}

export interface Rooms {
  readonly arrows: Readonly<Record<string, readonly string[]>>;
  readonly pureRooms: readonly string[];
  readonly packages: Readonly<Record<string, { readonly rooms: readonly string[] }>>;
}

export const lintMessages = (cwd: string): LintMessage[] => ask('messages', cwd) as LintMessage[];
export const lintSettings = (cwd: string, files: readonly string[]): LintSettings[] =>
  ask('settings', cwd, ...files) as LintSettings[];
export const rooms = (): Rooms => ask('rooms') as Rooms;

function ask(...question: readonly string[]): unknown {
  const script = path.join(__dirname, 'lint-report.mjs');
  return JSON.parse(execFileSync(process.execPath, [script, ...question], { encoding: 'utf8', maxBuffer: 2 ** 26 }));
}
