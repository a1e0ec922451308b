// A NestJS project of a user: Nest 12 is published as ES modules only, which the package loads by `require`, and jest could not load at all.
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const NEST = ['@nestjs/common@12', '@nestjs/core@12', 'rxjs@7', 'reflect-metadata@0.2'];
const OUTPUT = 'Hello Ann! RUNNER_CLOSED';

/**
 * Installs the tarball beside Nest 12, and has an application of it run a flow.
 *
 * @param {{ folder: string, type: 'commonjs' | 'module', tarball: string }} project
 * @param {(command: string, args: string[], options?: object) => string} run
 * @param {(...parts: string[]) => string} binary
 */
export function checkNestProject({ folder, type, tarball }, run, binary) {
  mkdirSync(folder);
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ name: 'consumer', private: true, type }));
  const quiet = ['--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts'];
  run('npm', ['install', ...quiet, tarball, ...NEST], { cwd: folder });
  copyFileSync(path.join(here, 'consumer', 'nest.ts'), path.join(folder, 'main.ts'));
  const compilerOptions = {
    ...{
      target: 'ES2022',
      module: 'NodeNext',
      strict: true,
      experimentalDecorators: true,
      emitDecoratorMetadata: true,
    },
    ...{ types: ['node'], typeRoots: [binary('@types')], outDir: 'out', skipLibCheck: true },
  };
  writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['main.ts'] }));
  run(process.execPath, [binary('typescript', 'bin', 'tsc'), '-p', folder]);
  const output = run(process.execPath, ['out/main.js'], { cwd: folder }).trim();
  if (output !== OUTPUT) throw new Error(`the output of the NestJS application: expected "${OUTPUT}", got "${output}"`);
}
