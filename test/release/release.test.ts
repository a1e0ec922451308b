import { History } from './history';

let history: History;

function begin(version?: string): History {
  history = new History(version);
  return history;
}

/** A released history with these commits since. */
function since(tag: string, ...messages: readonly string[]): History {
  const made = begin();
  made.tag(tag);
  made.commit(...messages);
  return made;
}

afterEach(() => history.remove());

describe('the next version', () => {
  it.each([
    ['a fix', ['fix: a'], '1.2.4', 'patch'],
    ['a fix with a scope', ['fix(store): a'], '1.2.4', 'patch'],
    ['something faster', ['perf: a'], '1.2.4', 'patch'],
    ['a revert of something released', ['revert: a'], '1.2.4', 'patch'],
    ['a feature', ['feat: a'], '1.3.0', 'minor'],
    ['features and fixes', ['fix: a', 'feat(x): b', 'fix: c', 'docs: d'], '1.3.0', 'minor'],
    ['a feature that breaks', ['feat!: a'], '2.0.0', 'major'],
    ['a fix that breaks, with a scope', ['fix(store)!: a', 'feat: b'], '2.0.0', 'major'],
    ['a footer of a fix', ['fix: a\n\nWhy.\n\nBREAKING CHANGE: b is gone'], '2.0.0', 'major'],
    ['a footer with a hyphen', ['refactor: a\n\nBREAKING-CHANGE: b is gone'], '2.0.0', 'major'],
    ['any type that breaks', ['chore!: drop Node 18'], '2.0.0', 'major'],
    ['all of it', ['docs: a', 'fix: b', 'feat: c', 'feat(d)!: e', 'fix: f'], '2.0.0', 'major'],
  ])('after %s', (_what, messages, next, bump) => {
    expect(since('v1.2.3', ...messages).plan()).toMatchObject({ last: '1.2.3', next, bump });
  });

  it.each([
    ['docs, tests and chores', ['docs: a', 'test: b', 'chore: c', 'refactor: d', 'build: e', 'ci: f', 'style: g']],
    ['nothing', []],
    ['commits of no convention', ['WIP', 'feature: a', 'fixes b', 'feat a', 'feat:b']],
    [
      'a sentence about a breaking change',
      ['docs: a\n\nThis is no BREAKING CHANGE: it only sounds so.\nBreaking change: no.'],
    ],
    ['a type in other letters', ['Feat: a', 'FIX: b']],
  ])('is none after %s', (_what, messages) => {
    const made = since('v1.2.3', ...messages);
    expect(made.plan().next).toBeUndefined();
    expect(made.release()).toMatch(
      /^last version: 1\.2\.3\nnext version: none \(\d+ commits? since v1\.2\.3, none of which is a release\)$/,
    );
  });

  it('is that of package.json as long as there is no tag', () => {
    begin('0.1.0').commit('feat: a', 'feat!: b');
    expect(history.release().split('\n').slice(0, 2)).toEqual([
      'last version: none',
      'next version: 0.1.0 (the first release: 3 commits since the beginning)',
    ]);
  });

  it('follows the rules before 1.0.0, too, unless it is told to stay below', () => {
    since('v0.4.1', 'feat: a', 'feat!: b');
    expect(history.plan()).toMatchObject({ next: '1.0.0', held: '0.5.0' });
    expect(history.plan('--below-1').next).toBe('0.5.0');
    expect(history.release()).toContain('next version: 1.0.0 (major: 2 commits since v0.4.1, or 0.5.0 with --below-1)');
    expect(history.release('--below-1')).toContain('next version: 0.5.0 (major below 1.0.0: 2 commits since v0.4.1)');
  });

  it('below 1.0.0 is a minor one for a feature and a patch for a fix either way', () => {
    since('v0.4.1', 'fix: a');
    expect([history.plan().next, history.plan('--below-1').next]).toEqual(['0.4.2', '0.4.2']);
    history.commit('feat: b');
    expect([history.plan().next, history.plan('--below-1').next]).toEqual(['0.5.0', '0.5.0']);
  });

  it('counts from the highest version of the history, whatever other tags there are', () => {
    since('v1.9.0', 'fix: a');
    history.tag('v1.10.0');
    for (const tag of ['v2.0.0-rc.1', 'nightly', 'v3', 'vNext']) history.tag(tag);
    history.git('branch', 'next');
    history.commit('feat: b');
    history.git('checkout', '--quiet', 'next');
    history.commit('feat!: not of this branch');
    history.tag('v9.0.0');
    history.git('checkout', '--quiet', 'main');
    expect(history.plan()).toMatchObject({ last: '1.10.0', next: '1.11.0' });
  });

  it('takes tags without a v', () => {
    expect(since('1.2.3', 'fix: a').plan()).toMatchObject({ last: '1.2.3', next: '1.2.4' });
  });

  it('sees commits of merged branches, and not the merges', () => {
    since('v1.0.0');
    history.git('checkout', '--quiet', '-b', 'topic');
    history.commit('feat: a');
    history.git('checkout', '--quiet', 'main');
    history.commit('fix: b');
    history.git('merge', '--quiet', '--no-ff', '-m', 'feat!: a merge is no change of its own', 'topic');
    expect(history.plan().next).toBe('1.1.0');
  });

  it('leaves out what was reverted since', () => {
    since('v1.0.0', 'fix: kept');
    history.write('a.txt', 'a');
    history.git('add', '.');
    history.commit('feat!: gone');
    history.git('revert', '--no-edit', 'HEAD');
    expect(history.plan()).toMatchObject({ next: '1.0.1', section: expect.not.stringContaining('gone') as string });
  });

  it('is a patch when something released is reverted', () => {
    begin();
    history.write('a.txt', 'a');
    history.git('add', '.');
    history.commit('feat: a');
    history.tag('v1.1.0');
    history.git('revert', '--no-edit', 'HEAD');
    expect(history.plan()).toMatchObject({
      next: '1.1.1',
      section: expect.stringContaining('### Changed\n\n- Revert "feat: a"') as string,
    });
  });
});

describe('the section of the changelog', () => {
  it('has what users notice, under the headings of Keep a Changelog, newest first', () => {
    since(
      'v1.2.3',
      'feat(store): one\n\nBody.',
      'docs: two',
      'fix: three (#12)',
      'feat: four',
      'perf(runner): five',
      'refactor(api)!: six',
      'fix(core): seven\n\nBREAKING CHANGE: `a` is gone;\nuse `b`.\n\nRefs: #13',
    );
    expect(history.release()).toBe(`last version: 1.2.3
next version: 2.0.0 (major: 7 commits since v1.2.3)

## [2.0.0] - 2026-03-04

### Breaking changes

- **core:** \`a\` is gone; use \`b\`.
- **api:** six

### Added

- four
- **store:** one

### Changed

- **runner:** five

### Fixed

- **core:** seven
- three (#12)`);
  });

  it('keeps markup, quotes and other scripts of a subject as they are', () => {
    const subject = 'a "b" `c` $HOME \\n <d> — ü 日本';
    expect(since('v1.0.0', `feat: ${subject}`).release()).toContain(`- ${subject}`);
  });
});

describe('writing a release', () => {
  it('puts what stands under Unreleased below the version', () => {
    since('v1.2.3', 'feat: a');
    history.write(
      'CHANGELOG.md',
      '# Changelog\n\n## [Unreleased]\n\n### Added\n\n- By hand.\n\n## [1.2.3] - 2026-01-01\n\n- Old.\n',
    );
    history.release('--write');
    expect(history.read('CHANGELOG.md')).toBe(
      '# Changelog\n\n## [Unreleased]\n\n## [1.3.0] - 2026-03-04\n\n### Added\n\n- By hand.\n\n## [1.2.3] - 2026-01-01\n\n- Old.\n',
    );
    expect(JSON.parse(history.read('package.json'))).toEqual({ name: 'lib', version: '1.3.0' });
    expect(JSON.parse(history.read('package-lock.json'))).toMatchObject({
      version: '1.3.0',
      packages: { '': { version: '1.3.0' }, 'node_modules/a': {} },
    });
  });

  it('takes the commits where nothing was written, and is ready for the next release', () => {
    since('v1.2.3', 'feat: a');
    history.release('--write');
    expect(history.read('CHANGELOG.md').replace(/ \([0-9a-f]{7,}\)/, '')).toBe(
      '# Changelog\n\n## [Unreleased]\n\n## [1.3.0] - 2026-03-04\n\n### Added\n\n- a\n',
    );
    history.git('add', '.');
    history.commit('chore(release): v1.3.0');
    history.tag('v1.3.0');
    expect(history.plan().next).toBeUndefined();
    history.commit('fix: b');
    history.release('--write');
    expect(history.read('CHANGELOG.md')).toMatch(/\[Unreleased\]\n\n## \[1\.3\.1\][^]*- b[^]*## \[1\.3\.0\][^]*- a/);
  });

  it('changes nothing in a dry run, nor where there is nothing to release', () => {
    since('v1.2.3', 'docs: a');
    expect(() => history.release('--write')).toThrow('there is nothing to release');
    history.commit('feat: b');
    history.release();
    expect(history.git('status', '--porcelain')).toBe('');
  });

  it('says what is missing', () => {
    since('v1.2.3', 'feat: a');
    history.write('CHANGELOG.md', '# Changelog\n');
    expect(() => history.release('--write')).toThrow('CHANGELOG.md must have the heading "## [Unreleased]"');
    history.write('package.json', '{"version":"next"}');
    expect(() => history.release()).toThrow('package.json has no version: next');
    expect(() => history.release('--what')).toThrow("Unknown option '--what'");
  });
});
