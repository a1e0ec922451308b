import path from 'node:path';
import { checkConfig } from '../../../src/application/config/check-config';
import { findConfig, requireConfig } from '../../../src/application/config/find-config';
import { ApplicationNotLoadedError } from '../../../src/core/errors/definition-error';
import type { ServiceLimits, ServiceOptions } from '../../../src/application/service-options';
import { Child } from '../../fixtures/child-process';
import { folderOf, removeFolder } from '../../fixtures/folder-of';
import { MemoryLogger } from '../../fixtures/memory-logger';

const PROCESS = path.join(__dirname, '../../fixtures/load-config-process.ts');

interface Loaded {
  readonly file?: string;
  readonly schema?: string;
  readonly workflows?: readonly string[];
  readonly code?: string;
  readonly message?: string;
  readonly cause?: string;
}

let folders: string[] = [];

function folder(files: Readonly<Record<string, string>>): string {
  folders.push(folderOf(files));
  return folders.at(-1) as string;
}

afterEach(() => {
  folders.forEach(removeFolder);
  folders = [];
});

async function load(...args: string[]): Promise<Loaded[]> {
  const child = new Child(PROCESS, {}, args);
  expect({ code: await child.ended, stderr: child.stderr }).toEqual({ code: 0, stderr: '' });
  return child.lines.map((line) => JSON.parse(line) as Loaded);
}

const WORKFLOW = `
import { Flow, Workflow, defineConfig } from 'typeflow';

export class Clock { now(): number { return 5; } }

@Workflow()
export class Ticking {
  constructor(private readonly clock: Clock) {}
  @Flow()
  async main(): Promise<number> { return this.clock.now(); }
}
`;

describe('an application in TypeScript', () => {
  it.each([
    ['ts', {}],
    ['cts', {}],
    [
      'ts',
      {
        'tsconfig.json':
          '{ "compilerOptions": { "module": "ESNext", "moduleResolution": "Bundler", "experimentalDecorators": true, "emitDecoratorMetadata": true } }',
      },
    ],
  ])('is loaded from typeflow.config.%s, with what decorators need of constructors (%j)', async (ending, more) => {
    const files = {
      'src/ticking.ts': WORKFLOW,
      [`typeflow.config.${ending}`]: `
        import { defineConfig } from 'typeflow';
        import { Clock, Ticking } from './src/ticking';
        const [parameter] = Reflect.getMetadata('design:paramtypes', Ticking) as unknown[];
        export default defineConfig({ workflows: [Ticking], schema: parameter === Clock ? 'with_metadata' : 'without' });`,
      ...more,
    };
    const where = folder(files);
    expect(await load(where)).toEqual([
      { file: path.join(where, `typeflow.config.${ending}`), schema: 'with_metadata', workflows: ['Ticking'] },
    ]);
  });

  it('says what to install where ts-node cannot use the TypeScript of the project', async () => {
    const where = folder({
      'typeflow.config.ts': 'export default { workflows: [] };',
      'node_modules/typescript/package.json': '{ "name": "typescript", "version": "7.0.2", "main": "index.js" }',
      'node_modules/typescript/index.js': `exports.version = '7.0.2';`,
    });
    expect(await load(where)).toEqual([
      expect.objectContaining({
        code: 'APPLICATION_NOT_LOADED',
        message: expect.stringMatching(
          /cannot use TypeScript 7\.0\.2 of .*: npm install --save-dev ts-node typescript@5, or/,
        ),
      }),
    ]);
  });

  it('that is an ES module says what can be done', async () => {
    const inModule = folder({
      'package.json': '{ "type": "module" }',
      'typeflow.config.ts': 'export default { workflows: [] };',
    });
    const named = folder({ 'typeflow.config.mts': 'export default { workflows: [] as unknown[] };' });
    const lines = await load(inModule, named);
    expect(lines[0]).toMatchObject({
      code: 'APPLICATION_NOT_LOADED',
      message: expect.stringContaining('typeflow.config.cts'),
    });
    // A Node that strips types by itself takes the second.
    if (!process.features || !('typescript' in process.features))
      expect(lines[1]).toMatchObject({ code: 'APPLICATION_NOT_LOADED' });
  });
});

describe('an application in JavaScript', () => {
  it('is loaded however it is exported', async () => {
    const commonjs = folder({ 'typeflow.config.cjs': `module.exports = { workflows: [], schema: 'a' };` });
    const named = folder({ 'typeflow.config.js': `exports.config = { workflows: [], schema: 'b' };` });
    const transpiled = folder({
      'typeflow.config.js': `exports.__esModule = true; exports.default = { workflows: [], schema: 'c' };`,
    });
    const made = folder({ 'typeflow.config.js': `module.exports = async () => ({ workflows: [], schema: 'd' });` });
    const module = folder({
      'package.json': '{ "type": "module" }',
      'typeflow.config.js': `await null; export default { workflows: [], schema: 'e' };`,
    });
    const mjs = folder({ 'typeflow.config.mjs': `export const config = { workflows: [], schema: 'f' };` });
    const other = folder({ 'apps/other.cjs': `module.exports = { default: { workflows: [], schema: 'g' } };` });
    const lines = await load(commonjs, named, transpiled, made, module, mjs, `${other}=apps/other.cjs`);
    expect(lines.map(({ schema }) => schema)).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g']);
    expect(lines.at(-1)?.file).toBe(path.join(other, 'apps/other.cjs'));
  });

  it.each([
    ['nothing', '', /exports no application: write one as its default export/],
    ['no object', `module.exports = { default: 7 };`, /expected an application, .*; got a number/],
    [
      'no workflows',
      `module.exports = { database: 'memory:' };`,
      /expected a list of workflows, .*; workflows is nothing/,
    ],
    [
      'an unknown option',
      `module.exports = { workflows: [], databse: '' };`,
      /no option "databse"; did you mean "database"\?/,
    ],
    ['something that throws', `throw new TypeError('no key');`, /could not be loaded: TypeError: no key/],
    [
      'a function that throws',
      `module.exports = () => { throw new TypeError('no key'); };`,
      /the function that .* exports threw TypeError: no key/,
    ],
    ['what cannot be parsed', `module.exports = {`, /could not be loaded: SyntaxError/],
  ])('that exports %s is refused', async (_name, text, message) => {
    const [line] = await load(folder({ 'typeflow.config.js': text }));
    expect(line).toMatchObject({ code: 'APPLICATION_NOT_LOADED', message: expect.stringMatching(message) });
  });
});

describe('what is loaded', () => {
  it('stands in the folder, and not above it', () => {
    const where = folder({ 'typeflow.config.js': '', 'typeflow.config.ts': '', 'inner/note.txt': '' });
    expect(findConfig(where)).toBe(path.join(where, 'typeflow.config.ts'));
    expect(findConfig(path.join(where, 'inner'))).toBeUndefined();
    expect(() => requireConfig(path.join(where, 'inner'))).toThrow(ApplicationNotLoadedError);
    expect(() => requireConfig(path.join(where, 'inner'))).toThrow(/typeflow\.config\.ts, .*typeflow init/);
  });

  it('is the file that was named, if it is one', () => {
    const where = folder({ 'apps/a.js': '' });
    expect(requireConfig(where, 'apps/a.js')).toBe(path.join(where, 'apps/a.js'));
    for (const wrong of ['apps', 'apps/b.js'])
      expect(() => requireConfig(where, wrong)).toThrow(/no configuration file at .*--config/);
  });

  it.each([
    [null, 'null'],
    [[], 'an array'],
    ['x', 'a string'],
  ])('is no application when it is %j', (value, name) => {
    expect(() => checkConfig('f.js', value)).toThrow(`got ${name}`);
  });

  it.each([
    [{ constructor: 1 }, 'there is no option "constructor"'],
    [{ service: 5 }, 'service must be an object of options, such as { port: … }; got a number'],
    [{ service: null }, 'got null'],
    [{ service: [] }, 'got an array'],
    [{ service: { redacted: ['card'] } }, 'there is no option "service.redacted"; did you mean "service.redact"?'],
    [{ service: { token: [] } }, 'there is no option "service.token"; did you mean "service.tokens"?'],
    [{ service: { toString: 1 } }, 'there is no option "service.toString"'],
    [
      { service: { limits: { stream: 5 } } },
      'no option "service.limits.stream"; did you mean "service.limits.streams"?',
    ],
    [{ service: { limits: 5 } }, 'service.limits must be an object of options, such as { bodyBytes: … }; got a number'],
    [{ service: { redact: 5 } }, 'service.redact must be a list of names of fields'],
    [{ service: { redact: [5] } }, "such as ['cardNumber'], or a function; entry 1 is no text"],
  ])('is no application with options that do not exist, or are none: %j', (options, said) => {
    const load = (): unknown => checkConfig('f.js', { workflows: [], ...options });
    expect(load).toThrow(ApplicationNotLoadedError);
    expect(load).toThrow(`f.js: `);
    expect(load).toThrow(said);
  });

  it('may have every option that a service has', () => {
    const service: Required<ServiceOptions> = {
      host: '127.0.0.1',
      port: 1,
      auth: 'tokens',
      tokens: [],
      allowedHosts: ['flows.example'],
      limits: {
        bodyBytes: 1,
        requestsPerMinute: 1,
        failuresPerMinute: 1,
        streams: 1,
        streamsPerClient: 1,
        connections: 1,
        requestTimeout: '1s',
      } satisfies Required<ServiceLimits>,
      redact: ['card'],
      metrics: { render: async () => '' },
      logger: new MemoryLogger(),
    };
    expect(checkConfig('f.js', { workflows: [], service })).toEqual({ workflows: [], service });
  });
});
