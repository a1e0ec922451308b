import { findCycle, runTimeImports } from './run-time-imports';
import { sourceFiles } from './source-files';

describe('imports at run time', () => {
  it('have no circle in src/', () => {
    expect(findCycle(runTimeImports(sourceFiles('src')))).toBeUndefined();
  });

  it('are seen as a circle when they are one, re-exports included', () => {
    const imports = runTimeImports([
      { name: 'index.ts', text: `import './a';` },
      { name: 'a.ts', text: `import { b } from './deep/b';` },
      { name: 'deep/b.ts', text: `export { c } from '../c';` },
      { name: 'c.ts', text: `import type { A } from './a'; import * as a from './a';` },
    ]);
    expect(findCycle(imports)).toEqual(['a.ts', 'deep/b.ts', 'c.ts', 'a.ts']);
  });

  it('are not counted when they are erased, or happen later', () => {
    const imports = runTimeImports([
      { name: 'a.ts', text: `import { b } from './b'; import { d } from 'd';` },
      {
        name: 'b.ts',
        text: `import type { A } from './a'; import { type B } from './a'; export type { C } from './a'; import('./a');`,
      },
    ]);
    expect(imports).toEqual(
      new Map([
        ['a.ts', ['b.ts']],
        ['b.ts', []],
      ]),
    );
  });
});
