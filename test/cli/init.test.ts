import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { folderOf, removeFolder } from '../fixtures/folder-of';
import { runIn } from './fake-world';

const ROOT = path.join(__dirname, '../..');
const FILES = ['package.json', 'tsconfig.json', 'typeflow.config.ts', 'src/greeting.workflow.ts', '.gitignore'];

describe('typeflow init', () => {
  let cwd: string;
  beforeEach(() => (cwd = folderOf()));
  afterEach(() => removeFolder(cwd));

  it('makes an application in an empty folder, and says how to go on', async () => {
    const { code, stdout, stderr } = await runIn({ cwd }, 'init', 'My Shop');
    expect(code).toBe(0);
    expect(stdout.trimEnd().split('\n')).toEqual(FILES.map((file) => `created ${path.join('My Shop', file)}`));
    expect(stderr).toContain('npx typeflow dev');
    const folder = path.join(cwd, 'My Shop');
    const manifest = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as Record<string, object>;
    expect(manifest).toMatchObject({ name: 'my-shop', private: true });
    expect(Object.keys(manifest['dependencies'] ?? {})).toEqual([
      '@fastify/rate-limit',
      'fastify',
      'ts-node',
      'typeflow',
      'typescript',
    ]);
  });

  it('makes an application whose types are right', async () => {
    expect((await runIn({ cwd }, 'init', '--json')).code).toBe(0);
    symlinkSync(path.join(ROOT, 'node_modules'), path.join(cwd, 'node_modules'));
    const paths = { typeflow: [path.join(ROOT, 'src/index.ts')] };
    const { compilerOptions } = JSON.parse(readFileSync(path.join(cwd, 'tsconfig.json'), 'utf8')) as {
      compilerOptions: object;
    };
    const check = folderOf({
      'tsconfig.json': JSON.stringify({
        compilerOptions: {
          ...compilerOptions,
          lib: ['ES2023', 'ES2024.String', 'ESNext.Disposable'],
          paths,
          noEmit: true,
          types: ['node'],
          typeRoots: [path.join(ROOT, 'node_modules/@types')],
        },
        files: [path.join(cwd, 'typeflow.config.ts')],
      }),
    });
    execFileSync(process.execPath, [path.join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', check], {
      encoding: 'utf8',
    });
    removeFolder(check);
  }, 120_000);

  it.each(FILES)('overwrites no %s, and then makes nothing at all', async (file) => {
    const folder = folderOf({ [file]: 'mine' });
    const { code, stderr } = await runIn({ cwd: folder }, 'init');
    expect(code).toBe(2);
    expect(stderr).toContain(`already has ${file}`);
    expect(readFileSync(path.join(folder, file), 'utf8')).toBe('mine');
    expect(readdirSync(folder)).toHaveLength(1);
    removeFolder(folder);
  });

  it('tells programs which files it made', async () => {
    const { stdout } = await runIn({ cwd }, 'init', '--json');
    expect(JSON.parse(stdout)).toEqual({ folder: cwd, files: FILES });
    expect(FILES.every((file) => existsSync(path.join(cwd, file)))).toBe(true);
  });
});
