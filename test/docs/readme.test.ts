import { readFileSync } from 'node:fs';
import path from 'node:path';
import { typeErrors } from './check-types';
import { codeBlocks, docsPrograms, readDocsPrograms } from './code-blocks';
import { runProgram } from './run-program';

const root = path.join(__dirname, '..', '..');
const readme = path.join(root, 'README.md');

describe('the programs in README.md and docs/', () => {
  const programs = readDocsPrograms(root);
  const runnable = programs.filter(({ isRun }) => isRun);
  const database = process.env['TYPEFLOW_DATABASE'];

  beforeAll(() => void (process.env['TYPEFLOW_DATABASE'] = 'memory:'));
  afterAll(() => {
    if (database === undefined) delete process.env['TYPEFLOW_DATABASE'];
    else process.env['TYPEFLOW_DATABASE'] = database;
  });

  it('are found: the README has at least one, and one that is run', () => {
    expect(programs.filter(({ where }) => where.startsWith('README.md'))).not.toEqual([]);
    expect(runnable).not.toEqual([]);
  });

  it('pass the type check', () => {
    expect(typeErrors(root, programs)).toEqual([]);
  }, 60_000);

  if (runnable.length > 0) {
    it.each(runnable)('$where runs', async ({ code, output }) => {
      // eslint-disable-next-line @typescript-eslint/no-require-imports -- jest maps 'typeflow' for the require of this file
      const printed = await runProgram(code, (name) => require(name) as unknown);
      if (output !== undefined) expect(printed.trim()).toBe(output.trim());
    });
  }

  it('stand beside the test command that continuous integration runs', () => {
    const command = /^TEST_COMMAND='(.+)'$/m.exec(readFileSync(path.join(root, '.ci', 'run'), 'utf8'))?.[1];
    const quoted = codeBlocks('README.md', readFileSync(readme, 'utf8')).flatMap(({ code }) => code.split('\n'));
    expect(quoted).toContain(command);
  });
});

describe('the checks themselves', () => {
  const page = (...lines: string[]) => docsPrograms(codeBlocks('page.md', lines.join('\n')));

  it('find blocks, what they continue and the output that they promise', () => {
    const programs = page(
      ...['# Title', '', '```ts', 'const a = 1;', '```', '```sh', 'npm i', '```'],
      ...['```ts run continued', 'console.log(a);', '```', '```text output', '1', '```'],
    );
    expect(programs).toEqual([
      { where: 'page.md:3', isRun: false, code: 'const a = 1;\n', output: undefined },
      { where: 'page.md:9', isRun: true, code: 'const a = 1;\nconsole.log(a);\n', output: '1\n' },
    ]);
  });

  it('refuse a flag that they do not know', () => {
    expect(() => page('```ts rnu', '```')).toThrow('page.md:1: expected the flags run or continued, got rnu');
  });

  it('report a type error with its place, and know what typeflow exports', () => {
    const programs = page(
      '```ts',
      "import { Nonsense } from 'typeflow';",
      'const a: string = await Promise.resolve(1);',
      '```',
    );
    expect(typeErrors(root, programs)).toEqual([
      expect.stringMatching(/^page\.md:1, line 1 of the program: TS2305 .*Nonsense/),
      expect.stringMatching(/^page\.md:1, line 2 of the program: TS2322 /),
    ]);
  }, 60_000);

  it('run a program that awaits at its top level, and fail with it', async () => {
    await expect(runProgram('console.log("a", await Promise.resolve({ b: 1 }));', () => ({}))).resolves.toBe(
      'a {"b":1}',
    );
    await expect(runProgram('throw new Error("broken");', () => ({}))).rejects.toThrow('broken');
  });
});
