import { readFileSync } from 'node:fs';
import { runCli } from '../../src/cli/run-cli';

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

function run(...args: string[]) {
  const written = { stdout: '', stderr: '' };
  const code = runCli(args, {
    stdout: { write: (text) => (written.stdout += text) },
    stderr: { write: (text) => (written.stderr += text) },
  });
  return { code, ...written };
}

describe('the command line', () => {
  it.each(['--version', '-v'])('%s prints the version of the package', (option) => {
    expect(run(option)).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it.each([[['--help']], [['-h']], [[]]])('%j prints the help', (args) => {
    const { code, stdout, stderr } = run(...args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('Usage: typeflow');
  });

  it.each([[['run']], [['--version', 'now']], [['--help', '--version']], [['']]])(
    'refuses %j with exit code 2 and a sentence on standard error',
    (args) => {
      const { code, stdout, stderr } = run(...args);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toContain(`got '${args.join(' ')}'`);
    },
  );
});
