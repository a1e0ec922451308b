import { sourceFiles } from './source-files';
import type { SourceFile } from './source-files';

const MAX_LINES = 400;

/** Folders named after a kind of thing instead of a subject. */
const BY_KIND = /(^|\/)(utils?|helpers?|interfaces|enums|types|constants|common|misc)(\/|\.ts$)/;
const KEBAB_CASE = /^([a-z0-9]+(-[a-z0-9]+)*\/)*[a-z0-9]+(-[a-z0-9]+)*\.ts$/;

function faults({ name, text }: SourceFile): string[] {
  const lines = text.trimEnd().split('\n').length;
  return [
    ...(lines > MAX_LINES ? [`${name} has ${lines} lines: at most ${MAX_LINES}, split it by verb`] : []),
    ...(KEBAB_CASE.test(name) ? [] : [`${name} is not in kebab case`]),
    ...(BY_KIND.test(name) ? [`${name} is named after a kind, not a subject`] : []),
  ];
}

describe('every file of src/', () => {
  it('is short, and named after its subject in kebab case', () => {
    expect(sourceFiles('src').flatMap(faults)).toEqual([]);
  });

  it.each([
    ['core/long.ts', 'x\n'.repeat(MAX_LINES + 1), 'lines'],
    ['core/camelCase.ts', '', 'kebab case'],
    ['core/Under_score.ts', '', 'kebab case'],
    ['core/utils/text.ts', '', 'a kind'],
    ['core/helpers.ts', '', 'a kind'],
  ])('would be told if it were %s', (name, text, fault) => {
    expect(faults({ name, text })).toEqual([expect.stringContaining(fault)]);
  });

  it('may be as long as the limit', () => {
    expect(faults({ name: 'core/long.ts', text: 'x\n'.repeat(MAX_LINES) })).toEqual([]);
  });
});
