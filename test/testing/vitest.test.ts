import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { compiled } from '../fixtures/compiled';
import { complaintsAbout, createProgram } from '../types/compile';

const PROJECT = path.join(__dirname, '../fixtures/vitest');
const VITEST = path.join(__dirname, '../../node_modules/vitest/vitest.mjs');

/** What vitest says about a file of the fixture project, in a process of its own. */
async function vitest(file: string, env: Readonly<Record<string, string>> = {}): Promise<[string, number]> {
  const { NODE_OPTIONS: _, JEST_WORKER_ID: __, FORCE_COLOR: ___, ...inherited } = process.env;
  const child = spawn(process.execPath, [VITEST, 'run', '--config', path.join(PROJECT, 'vitest.config.mjs'), file], {
    cwd: PROJECT,
    env: { ...inherited, NO_COLOR: '1', TYPEFLOW_SOURCE: compiled(path.join(__dirname, '../../src/index.ts')), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number]>,
  ]);
  return [out + errors, code];
}

describe('in vitest', () => {
  it.each(['false', 'true'])(
    'matchers pass (globals: %s)',
    async (globals) => {
      const [output, code] = await vitest('passing.spec.ts', { VITEST_GLOBALS: globals });
      expect(output).toContain('✓ passing.spec.ts > every matcher passes');
      expect(code).toBe(0);
    },
    120_000,
  );

  it('a matcher that fails shows what happened', async () => {
    const [output, code] = await vitest('failing.spec.ts');
    const begin = output.indexOf('Error: expected the run');
    expect(output.slice(begin, output.indexOf('\n ❯', begin))).toMatchInlineSnapshot(`
     "Error: expected the run to end COMPLETED, but it is FAILED

     shop.main is FAILED after 2m by pay: Error: cannot pay 500
       0ms  reserve  #1  COMPLETED in 0ms
       0ms  pay      #1  failed in 0ms: Error: cannot pay 500; again after 1m
       1m   pay      #2  failed in 0ms: Error: cannot pay 500; again after 1m
       2m   pay      #3  failed in 0ms: Error: cannot pay 500
       2m   release  #1  COMPLETED in 0ms
            main         SKIPPED: it needs "pay" (completed), which is FAILED"
    `);
    expect(code).toBe(1);
  }, 120_000);

  it('classes are injected by type and by token', async () => {
    const [output, code] = await vitest('injected.spec.ts');
    expect(output).toContain('✓ injected.spec.ts > a class that is injected by its type');
    expect(output).toContain('✓ injected.spec.ts > a class that is injected by a token');
    expect(code).toBe(0);
  }, 120_000);

  it('the compiler knows the matchers, and their arguments', () => {
    const wrong = path.join(PROJECT, 'wrong.spec.ts');
    const source = `import { expect } from 'vitest';
import 'typeflow/testing/vitest';
void expect(1).toHaveAttempted('pay', 'twice');
void expect(1).toHaveCompletedWell();
const awaited: Promise<void> = expect(1).toHaveCompleted();
void awaited;
`;
    const right = path.join(PROJECT, 'passing.spec.ts');
    const program = createProgram([right], new Map([[wrong, source]]));
    expect(complaintsAbout(program, right)).toEqual([]);
    expect(complaintsAbout(program, wrong).map(({ line, text }) => [line, text])).toEqual([
      [3, expect.stringContaining("'string' is not assignable to parameter of type 'number'")],
      [4, expect.stringContaining("'toHaveCompletedWell' does not exist")],
    ]);
  }, 120_000);

  it('elsewhere it says what to do', () => {
    const expectOfJest = expect;
    try {
      Reflect.deleteProperty(globalThis, 'expect');
      // eslint-disable-next-line @typescript-eslint/no-require-imports -- loading it is what is tried
      expectOfJest(() => jest.isolateModules(() => void require('typeflow/testing/vitest'))).toThrow(
        /needs the `expect` of vitest: import it in a test, or in a file of `setupFiles`/,
      );
    } finally {
      Object.assign(globalThis, { expect: expectOfJest });
    }
  });
});
