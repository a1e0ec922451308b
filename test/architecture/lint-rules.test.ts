import path from 'node:path';
import { lintMessages, lintSettings, rooms } from './ask-eslint';
import { projectRoot, sourceFiles } from './source-files';

const FIXTURES = 'test/architecture/fixtures';

/** `// fires: <rule> <rule>` at the end of a line of a fixture. */
const EXPECTATION = /\/\/ fires: (.+)$/;

/** The rules that the project added to a preset; each must be seen to fire. */
const HOUSE_RULES = [
  'house/room-imports',
  'no-restricted-syntax',
  'no-restricted-globals',
  'max-lines-per-function',
  'eqeqeq',
  'no-cond-assign',
  'no-constant-binary-expression',
  'no-constant-condition',
  'no-misleading-character-class',
  'no-self-compare',
  'no-sparse-arrays',
  'no-unsafe-finally',
  'no-unsafe-optional-chaining',
  'no-useless-escape',
  '@typescript-eslint/consistent-type-imports',
  '@typescript-eslint/no-explicit-any',
  '@typescript-eslint/no-floating-promises',
  '@typescript-eslint/no-misused-promises',
  '@typescript-eslint/no-unused-vars',
  '@typescript-eslint/naming-convention',
];

/** Comments that turn a rule off may name these only, and say why after ` -- `. */
const MAY_BE_DISABLED = ['@typescript-eslint/no-explicit-any'];
/** To what another package declares one can only add in the same form. */
const OF_DECLARATIONS = [
  '@typescript-eslint/no-namespace',
  'no-restricted-syntax',
  '@typescript-eslint/no-unused-vars',
  '@typescript-eslint/no-empty-object-type',
];
const MAY_BE_DISABLED_IN: Readonly<Record<string, readonly string[]>> = {
  'testing/vitest.ts': OF_DECLARATIONS,
  'testing/jest.ts': OF_DECLARATIONS,
};
const REASONABLE = ['eslint-disable-next-line', 'eslint-disable'];

describe('the lint rules', () => {
  const expected = sourceFiles(FIXTURES).flatMap(({ name, text }) =>
    text.split('\n').flatMap((line, index) => {
      const ruleIds = EXPECTATION.exec(line)?.[1]?.split(' ') ?? [];
      return ruleIds.map((ruleId) => `${name}:${index + 1} ${ruleId}`);
    }),
  );
  const fired = lintMessages(path.join(projectRoot, FIXTURES)).map(
    ({ file, line, ruleId }) => `${file}:${line} ${ruleId}`,
  );

  it('fire on every line of the wrong fixture that is marked, and on no other', () => {
    expect(fired.sort()).toEqual(expected.sort());
  });

  it.each(HOUSE_RULES)('include %s, which the fixture proves to fire', (rule) => {
    expect(fired.filter((line) => line.endsWith(` ${rule}`))).not.toEqual([]);
  });
});

describe('the arrows between rooms', () => {
  const { arrows, packages, pureRooms } = rooms();
  const fixtures = new Map(sourceFiles(`${FIXTURES}/src`).map(({ name, text }) => [name, text]));
  const folders = Object.keys(arrows).filter((room) => room !== 'index.ts');

  it.each(folders)(
    'of %s are all proven: to every other room the fixture has an allowed or a forbidden import',
    (room) => {
      for (const other of folders.filter((name) => name !== room)) {
        const kind = arrows[room]?.includes(other) ? 'allowed' : 'forbidden';
        expect(fixtures.get(`${room}/${kind}-arrows.ts`)).toContain(`from '../${other}/thing'`);
      }
    },
  );

  it.each(pureRooms)('the pure room %s has its impure fixture', (room) => {
    expect([...fixtures.keys()]).toContain(`${room}/impure.ts`);
  });

  it.each(Object.keys(packages))('the package %s is used outside its rooms in the fixture', (name) => {
    expect(fixtures.get('runner/packages.ts')).toContain(`'${name}'`);
  });

  it('have no circle', () => {
    const settled = new Set<string>();
    for (let grew = true; grew;) {
      const ready = Object.keys(arrows).filter((room) => arrows[room]?.every((other) => settled.has(other)));
      grew = ready.some((room) => !settled.has(room));
      for (const room of ready) settled.add(room);
    }
    expect([...settled].sort()).toEqual(Object.keys(arrows).sort());
  });
});

describe('no file of src/ is exempt', () => {
  const files = sourceFiles('src');
  const settings = lintSettings(
    projectRoot,
    files.map(({ name }) => `src/${name}`),
  );
  const { pureRooms } = rooms();

  it('from being linted, with every rule of the house an error', () => {
    for (const { file, isIgnored, rules } of settings) {
      const isPure = pureRooms.includes(file.split('/')[1] ?? '');
      const weak = HOUSE_RULES.filter((rule) => (isPure || rule !== 'no-restricted-globals') && rules[rule] !== 2);
      expect({ file, isIgnored, weak }).toEqual({ file, isIgnored: false, weak: [] });
    }
  });

  it('by a comment: only a reasoned few rules may be turned off where they stand', () => {
    const unreasoned = files.flatMap(({ name, text }) =>
      [...text.matchAll(/(eslint-disable\S*|eslint-enable|@ts-ignore|@ts-nocheck)(.*)/g)]
        .filter(([, directive, rest = '']) => !REASONABLE.includes(directive ?? '') || !isReasoned(rest, name))
        .map(([whole]) => `src/${name}: ${whole}`),
    );
    expect(unreasoned).toEqual([]);
  });
});

function isReasoned(rest: string, file: string): boolean {
  const allowed = [...MAY_BE_DISABLED, ...(MAY_BE_DISABLED_IN[file] ?? [])];
  const [ruleIds = '', reason = ''] = rest.split(' -- ');
  return reason.trim().length > 10 && ruleIds.split(',').every((rule) => allowed.includes(rule.trim()));
}
