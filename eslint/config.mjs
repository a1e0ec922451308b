import path from 'node:path';
import tseslint from 'typescript-eslint';
import { roomImports } from './room-imports.mjs';
import { pureRooms } from './rooms.mjs';

const house = { rules: { 'room-imports': roomImports } };

const everywhere = [
  { selector: 'ExportDefaultDeclaration', message: 'no default export: a name is the same in every file' },
  { selector: 'ExportAllDeclaration', message: 'no `export *`: an entry lists what it exports' },
  { selector: 'TSEnumDeclaration', message: 'no enum: a union of strings' },
  { selector: 'TSModuleDeclaration[kind="namespace"]', message: 'no namespace: a module' },
];

const PRIVATE = '[accessibility="private"]';
const inSource = [
  { selector: `:matches(PropertyDefinition, TSParameterProperty)${PRIVATE}`, message: 'private state is a #field' },
  { selector: `MethodDefinition[kind!="constructor"]${PRIVATE}`, message: 'a private method is a #method' },
];

const takeIt = 'no clock, randomness, timers or I/O in this room: take it as an argument';
const impure = [
  { selector: 'MemberExpression[object.name="Date"][property.name="now"]', message: takeIt },
  { selector: 'MemberExpression[object.name="Math"][property.name="random"]', message: takeIt },
  { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: takeIt },
  { selector: 'CallExpression[callee.name="Date"]', message: takeIt },
];
const impureGlobals = [
  ...['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval', 'clearImmediate', 'queueMicrotask'],
  ...['process', 'performance', 'crypto', 'fetch', 'console', 'globalThis', 'global', 'require', 'WebSocket'],
].map((name) => ({ name, message: takeIt }));

const naming = [
  { selector: 'typeLike', format: ['PascalCase'] },
  { selector: 'interface', format: ['PascalCase'], custom: { regex: '^I[A-Z]', match: false } },
  { selector: 'function', format: ['camelCase', 'PascalCase'] }, // PascalCase: decorators
  { selector: 'classProperty', modifiers: ['static', 'readonly'], format: ['camelCase', 'UPPER_CASE'] },
  { selector: ['classMethod', 'classProperty', 'parameterProperty'], format: ['camelCase'] },
  { selector: 'classMethod', modifiers: ['override'], format: null }, // the name is the base class's
  { selector: 'variable', format: ['camelCase', 'UPPER_CASE', 'PascalCase'] },
  { selector: 'variable', modifiers: ['destructured'], format: null }, // names given elsewhere
  { selector: 'variable', filter: '^_+$', format: null }, // what is left out
  { selector: 'parameter', format: ['camelCase', 'PascalCase'], leadingUnderscore: 'allow' },
  { selector: ['classProperty', 'classMethod'], modifiers: ['requiresQuotes'], format: null },
];

/** Mistakes that neither the compiler nor the preset for TypeScript reports. */
const mistakes = [
  ...['eqeqeq', 'no-cond-assign', 'no-constant-binary-expression', 'no-constant-condition', 'no-self-compare'],
  ...[
    'no-misleading-character-class',
    'no-sparse-arrays',
    'no-unsafe-finally',
    'no-unsafe-optional-chaining',
    'no-useless-escape',
  ],
];

const unused = { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'all' };

/**
 * The lint configuration of a project that has the rooms below `<root>/src`. No file of them is exempt: there is no list of
 * exceptions here and none may be added (test/architecture checks it).
 *
 * @param {string} root
 * @returns {import('eslint').Linter.Config[]}
 */
export function lintConfig(root) {
  return [
    {
      name: 'house/typescript',
      files: ['**/*.ts'],
      extends: [tseslint.configs.strict],
      languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: root } },
      linterOptions: { reportUnusedDisableDirectives: 'error' },
      rules: {
        '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
        '@typescript-eslint/no-floating-promises': 'error',
        '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false } }],
        '@typescript-eslint/no-unused-vars': ['error', unused],
        '@typescript-eslint/naming-convention': ['error', ...naming],
        '@typescript-eslint/no-extraneous-class': 'off', // a workflow may have decorated methods only
        '@typescript-eslint/no-invalid-void-type': 'off', // `void` is a legal result of a task
        'no-restricted-syntax': ['error', ...everywhere],
        '@typescript-eslint/no-empty-object-type': ['error', { allowObjectTypes: 'always' }], // `{}` is any value but null
        ...Object.fromEntries(mistakes.map((rule) => [rule, 'error'])),
      },
    },
    {
      name: 'house/tests',
      files: ['test/**/*.ts'],
      rules: { '@typescript-eslint/no-non-null-assertion': 'off' }, // a wrong one fails its test, with its line
    },
    {
      name: 'house/source',
      files: ['src/**/*.ts'],
      plugins: { house },
      rules: {
        'house/room-imports': ['error', { src: path.join(root, 'src') }],
        'no-restricted-syntax': ['error', ...everywhere, ...inSource],
        'max-lines-per-function': ['error', { max: 75, skipBlankLines: true, skipComments: true }],
      },
    },
    {
      name: 'house/pure',
      files: pureRooms.map((room) => `src/${room}/**/*.ts`),
      rules: {
        'no-restricted-syntax': ['error', ...everywhere, ...inSource, ...impure],
        'no-restricted-globals': ['error', ...impureGlobals],
      },
    },
  ];
}
