// Checks the package as users get it: packs it, lints the tarball, installs it into an empty CommonJS and an empty ESM project,
// and runs a workflow in each. Needs the npm registry (or npm's cache) for the dependencies.
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkNestProject } from './nest-project.mjs';
import { checkServiceProject } from './service-project.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.join(here, '..', '..');
const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
const entries = Object.keys(manifest.exports)
  .filter((entry) => !entry.endsWith('.json'))
  .map((entry) => path.posix.join(manifest.name, entry));

const FILES =
  /^package\/(package\.json|README\.md|LICENSE|CHANGELOG\.md|src\/.+\.ts|dist\/.+\.(js|d\.ts|js\.map|d\.ts\.map))$/;
const OUTPUT = 'Hello Ann (main). BOB!';

function run(command, args, options = {}) {
  try {
    const shell = process.platform === 'win32' && command === 'npm';
    return execFileSync(command, args, {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      shell,
      ...options,
    });
  } catch (error) {
    throw new Error(`${[command, ...args].join(' ')}\n${error.stdout ?? ''}${error.stderr ?? error.message}`, {
      cause: error,
    });
  }
}

const node = (args, options) => run(process.execPath, args, options);
const binary = (...parts) => path.join(root, 'node_modules', ...parts);

function expectEqual(what, got, expected) {
  const [a, b] = [JSON.stringify(got), JSON.stringify(expected)];
  if (a !== b) throw new Error(`${what}: expected ${b}, got ${a}`);
}

function pack(folder) {
  run('npm', ['pack', '--pack-destination', folder]);
  return path.join(
    folder,
    readdirSync(folder).find((name) => name.endsWith('.tgz')),
  );
}

function checkContents(tarball) {
  const files = run('tar', ['-tzf', tarball]).trim().split('\n');
  expectEqual(
    'files that do not belong into the package',
    files.filter((file) => !FILES.test(file)),
    [],
  );
  const needed = ['package.json', 'LICENSE', 'README.md', 'CHANGELOG.md', 'dist/index.js', 'dist/index.d.ts'];
  expectEqual(
    'files missing from the package',
    needed.filter((file) => !files.includes(`package/${file}`)),
    [],
  );
}

function install(folder, type, tarball) {
  mkdirSync(folder);
  writeFileSync(
    path.join(folder, 'package.json'),
    JSON.stringify({ name: 'consumer', version: '1.0.0', private: true, type }),
  );
  run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts', tarball], { cwd: folder });
}

function runWorkflow(folder) {
  copyFileSync(path.join(here, 'consumer', 'main.ts'), path.join(folder, 'main.ts'));
  const compilerOptions = {
    ...{ target: 'ES2022', module: 'Node16', strict: true, experimentalDecorators: true, emitDecoratorMetadata: true },
    ...{ types: ['node'], typeRoots: [binary('@types')], outDir: 'out', skipLibCheck: true },
  };
  writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['main.ts'] }));
  node([binary('typescript', 'bin', 'tsc'), '-p', folder]);
  expectEqual('the output of the workflow', node(['out/main.js'], { cwd: folder }).trim(), OUTPUT);
}

/** They work within a test framework only: loading them elsewhere is an error that says so. */
const IN_TESTS = ['typeflow/testing/jest', 'typeflow/testing/vitest'];
/** They need a package that users of them have. */
const NEEDS_MORE = ['typeflow/telemetry', 'typeflow/nestjs', 'typeflow/service'];

/** ESM sees the names of a CommonJS module only if a lexer finds them in its text. */
function checkNamedImports(folder) {
  for (const entry of entries.filter((one) => ![...IN_TESTS, ...NEEDS_MORE].includes(one))) {
    const list = (from) =>
      `console.log(JSON.stringify(Object.keys(${from}).filter((name) => name !== '__esModule').sort()))`;
    const required = node(['--input-type=commonjs', '-e', list(`require('${entry}')`)], { cwd: folder });
    const hidden = "const { default: _, 'module.exports': __, ...names } = await import";
    const imported = node(['--input-type=module', '-e', `${hidden}('${entry}'); ${list('names')}`], { cwd: folder });
    expectEqual(`the names that ESM can import from ${entry}`, imported, required);
  }
}

/** jest without Node's flag for modules cannot load an ESM-only package, so no entry may need one. */
function checkPlainJest(folder) {
  const test = entries
    .filter((one) => !NEEDS_MORE.includes(one))
    .map((entry) => `test('${entry}', () => { expect(require('${entry}')).toBeDefined(); });`)
    .join('\n');
  writeFileSync(path.join(folder, 'entries.test.js'), test);
  const { NODE_OPTIONS: _, ...env } = process.env;
  node([binary('jest', 'bin', 'jest.js'), '--rootDir', folder, '--config', '{}'], { cwd: folder, env });
}

/** What a release is published with: everything that an install brings along, and nothing of development. */
function checkMaterials(folder) {
  const { components } = JSON.parse(run('npm', ['sbom', '--sbom-format', 'cyclonedx'], { cwd: folder }));
  const listed = new Set(components.map(({ group, name }) => (group === undefined ? name : `${group}/${name}`)));
  expectEqual(
    'dependencies that the bill of materials leaves out',
    Object.keys(manifest.dependencies).filter((name) => !listed.has(name)),
    [],
  );
  const onlyHere = Object.keys(manifest.devDependencies).filter((name) => !(name in manifest.peerDependencies));
  expectEqual(
    'development dependencies that are installed with the package',
    onlyHere.filter((name) => listed.has(name)),
    [],
  );
}

/** npm runs these when somebody installs the package. */
const INSTALL_SCRIPTS = ['preinstall', 'install', 'postinstall'];

function checkScripts(folder) {
  const { scripts = {} } = JSON.parse(readFileSync(path.join(folder, 'node_modules/typeflow/package.json'), 'utf8'));
  expectEqual(
    'scripts that run at an install',
    INSTALL_SCRIPTS.filter((name) => name in scripts),
    [],
  );
  if (existsSync(path.join(folder, 'node_modules/typeflow/binding.gyp')))
    throw new Error('npm would compile the package');
}

function checkCommand(folder) {
  const command = path.join(folder, 'node_modules', '.bin', 'typeflow');
  expectEqual(
    'typeflow --version',
    run(command, ['--version'], { shell: process.platform === 'win32' }).trim(),
    manifest.version,
  );
}

const folder = mkdtempSync(path.join(tmpdir(), 'typeflow-package-'));
let tarball;
const [commonjs, esm] = ['commonjs', 'module'].map((type) => path.join(folder, type));
const checks = [
  ['pack', () => (tarball = pack(folder))],
  ['the files of the tarball', () => checkContents(tarball)],
  ['publint', () => node([binary('publint', 'src', 'cli.js'), 'run', tarball, '--strict'])],
  [
    'are the types wrong',
    () => node([binary('@arethetypeswrong', 'cli', 'dist', 'index.js'), '--no-definitely-typed', tarball]),
  ],
  ['install into a CommonJS project', () => install(commonjs, 'commonjs', tarball)],
  ['run a workflow in it', () => runWorkflow(commonjs)],
  ['install into an ESM project', () => install(esm, 'module', tarball)],
  ['run a workflow in it', () => runWorkflow(esm)],
  ['every name can be imported from ESM', () => checkNamedImports(esm)],
  ['every entry loads in a plain jest', () => checkPlainJest(commonjs)],
  ['the command line starts', () => checkCommand(commonjs)],
  ['nothing of the package runs at its install', () => checkScripts(commonjs)],
  ['the bill of materials', () => checkMaterials(commonjs)],
  ...['commonjs', 'module'].map((type) => [
    `run a flow in an application of NestJS 12 (${type})`,
    () => checkNestProject({ folder: path.join(folder, `nest-${type}`), type, tarball }, run, binary),
  ]),

  ...['commonjs', 'module'].map((type) => [
    `serve a flow over HTTP (${type})`,
    () => checkServiceProject({ folder: path.join(folder, `service-${type}`), type, tarball }, run, binary),
  ]),
];
try {
  for (const [name, check] of checks) {
    check();
    process.stdout.write(`ok  ${name}\n`);
  }
} catch (error) {
  process.stderr.write(`FAILED  ${error.message}\n`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
