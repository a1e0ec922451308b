// A project that serves its workflows: with Fastify, which the package does not bring along.
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const NEEDED = ['fastify@5', '@fastify/rate-limit@11'];
const OUTPUT = 'Hello Ann! Hello Bob!';

/**
 * Installs the tarball beside Fastify, and has it serve a flow, by itself and inside an application.
 *
 * @param {{ folder: string, type: 'commonjs' | 'module', tarball: string }} project
 * @param {(command: string, args: string[], options?: object) => string} run
 * @param {(...parts: string[]) => string} binary
 */
export function checkServiceProject({ folder, type, tarball }, run, binary) {
  mkdirSync(folder);
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ name: 'consumer', private: true, type }));
  const quiet = ['--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts'];
  run('npm', ['install', ...quiet, tarball, ...NEEDED], { cwd: folder });
  copyFileSync(path.join(here, 'consumer', 'service.ts'), path.join(folder, 'main.ts'));
  const compilerOptions = {
    ...{ target: 'ES2022', module: 'Node16', strict: true, outDir: 'out', skipLibCheck: true },
    ...{ types: ['node'], typeRoots: [binary('@types')] },
  };
  writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['main.ts'] }));
  run(process.execPath, [binary('typescript', 'bin', 'tsc'), '-p', folder]);
  const output = run(process.execPath, ['out/main.js'], { cwd: folder }).trim();
  if (output !== OUTPUT) throw new Error(`the output of the service: expected "${OUTPUT}", got "${output}"`);
}
