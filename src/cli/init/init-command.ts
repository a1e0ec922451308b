import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import type { Cli } from '../cli';
import { UsageError } from '../exit-codes';
import { projectFiles } from './project-files';
import type { ProjectVersions } from './project-files';

/** Makes an application in a folder that has none. What is there is never overwritten, and nothing is installed. */
export function addInit(program: Command, cli: Cli): void {
  program
    .command('init [folder]')
    .description('make a small application in an empty folder')
    .option('--json', 'write JSON for programs')
    .action((named: string | undefined, options: { readonly json?: boolean }) => {
      const terminal = cli.terminal(options);
      const folder = path.resolve(cli.world.cwd, named ?? '.');
      const files = projectFiles(packageName(folder), ownVersions());
      const there = Object.keys(files).filter((file) => existsSync(path.join(folder, file)));
      if (there.length > 0)
        throw new UsageError(
          `${folder} already has ${there.join(', ')}, which init does not overwrite; name an empty folder: typeflow init <folder>`,
        );
      for (const [file, text] of Object.entries(files)) {
        mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
        // Not even one that came up meanwhile.
        writeFileSync(path.join(folder, file), text, { flag: 'wx' });
      }
      if (terminal.isJson) return terminal.json({ folder, files: Object.keys(files) });
      for (const file of Object.keys(files)) terminal.line(`created ${path.join(named ?? '.', file)}`);
      const steps = [
        ...(named === undefined ? [] : [`cd ${named}`]),
        'npm install',
        'npx typeflow dev',
        `npx typeflow run greeting --input '"Ada"'     (in another terminal)`,
      ];
      ['', 'Next:', ...steps.map((step) => `  ${step}`)].forEach((line) => terminal.note(line));
    });
}

/** What npm takes for a name: the folder's, without what it refuses. */
function packageName(folder: string): string {
  const name = path
    .basename(folder)
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return name === '' ? 'my-workflows' : name.slice(0, 100);
}

/** Those that this package is made for, as its own package.json says. */
function ownVersions(): ProjectVersions {
  const file = path.join(__dirname, '..', '..', '..', 'package.json');
  const { version, peerDependencies } = JSON.parse(readFileSync(file, 'utf8')) as {
    readonly version: string;
    readonly peerDependencies: Readonly<Record<string, string>>;
  };
  // The newest TypeScript of all that are allowed need not be one that ts-node knows.
  return { typeflow: version, peers: { ...peerDependencies, typescript: '^5.9.0' } };
}
