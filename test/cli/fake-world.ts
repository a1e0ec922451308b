import { Readable } from 'node:stream';
import type { Operations } from '../../src/application/operations';
import { runCli } from '../../src/cli/run-cli';
import type { World } from '../../src/cli/world';

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface FakeWorld extends Partial<Omit<World, 'stdout' | 'stderr' | 'stdin'>> {
  readonly stdin?: string;
  readonly isTTY?: boolean;
  /** Ctrl-C once this much was written to standard error. */
  readonly interruptAfter?: string;
}

/** Runs a command line in a world that is none, and says what it wrote. */
export async function runIn(world: FakeWorld, ...args: string[]): Promise<Outcome> {
  const written = { stdout: '', stderr: '' };
  const listeners = new Set<() => void>();
  const stream = (name: 'stdout' | 'stderr') => ({
    isTTY: world.isTTY ?? false,
    columns: 200,
    write: (text: string) => {
      written[name] += text;
      if (world.interruptAfter !== undefined && written.stderr.includes(world.interruptAfter))
        for (const listener of listeners) listener();
    },
  });
  const code = await runCli(args, {
    env: {},
    cwd: '/nowhere',
    now: () => Date.parse('2026-01-02T00:00:00Z'),
    onInterrupt: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    ...world,
    stdout: stream('stdout'),
    stderr: stream('stderr'),
    stdin: Readable.from([world.stdin ?? '']),
  });
  return { code, ...written };
}

type Answers = { readonly [Verb in keyof Operations]?: (...args: Parameters<Operations[Verb]>) => unknown };

export interface FakeOperations extends Operations {
  /** The verbs that were called, with their arguments. */
  readonly calls: readonly (readonly [keyof Operations, ...unknown[]])[];
}

/** Operations that answer what they are told to, and remember what they were asked. */
export function fakeOperations(answers: Answers): FakeOperations {
  const calls: (readonly [keyof Operations, ...unknown[]])[] = [];
  return new Proxy({} as FakeOperations, {
    get(_target, name: keyof Operations | 'calls' | 'then') {
      if (name === 'calls') return calls;
      if (name === 'then') return undefined;
      return (...args: unknown[]) => {
        if (name !== 'close') calls.push([name, ...args]);
        const answer = (answers as Record<string, ((...args: unknown[]) => unknown) | undefined>)[name];
        if (name === 'events') return answer?.(...args);
        return Promise.resolve().then(() => answer?.(...args));
      };
    },
  });
}
