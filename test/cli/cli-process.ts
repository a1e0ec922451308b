import path from 'node:path';
import { Child } from '../fixtures/child-process';

const MAIN = path.join(__dirname, '../../src/cli/main.ts');

/** Nothing of whoever runs the tests decides where a command acts. */
const CLEAN = { TYPEFLOW_DATABASE: '', TYPEFLOW_URL: '', TYPEFLOW_TOKEN: '', NO_COLOR: '1' };

/** The command line as a process of its own, in a folder. */
export function startCli(cwd: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Child {
  return new Child(MAIN, { ...CLEAN, ...env }, args, cwd);
}

/** The same to its end. */
export async function cli(
  cwd: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: number | NodeJS.Signals; readonly stdout: string; readonly stderr: string }> {
  const child = startCli(cwd, args, env);
  const code = await child.ended;
  return { code, stdout: child.lines.join('\n'), stderr: child.stderr };
}

/** What it answers to programs. */
export async function cliJson<T>(
  cwd: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<T> {
  const { code, stdout, stderr } = await cli(cwd, [...args, '--json'], env);
  if (code !== 0) throw new Error(`typeflow ${args.join(' ')} ended with ${code}: ${stderr}`);
  return JSON.parse(stdout) as T;
}
