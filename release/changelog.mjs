// The section of a release in CHANGELOG.md.

/** @typedef {import('./commits.mjs').Commit} Commit */

/** The headings of Keep a Changelog, by the types of commits that users notice. */
const SECTIONS = [
  ['Added', ['feat']],
  ['Changed', ['perf', 'revert']],
  ['Fixed', ['fix']],
];

const UNRELEASED = '## [Unreleased]';

/**
 * @param {string} version
 * @param {string} date as YYYY-MM-DD
 * @param {readonly Commit[]} commits
 */
export function sectionOf(version, date, commits) {
  const breaking = commits.filter((commit) => commit.breaking !== undefined);
  const parts = [
    part('Breaking changes', breaking, (commit) => commit.breaking ?? ''),
    ...SECTIONS.map(([title, types]) =>
      part(
        String(title),
        commits.filter(({ type }) => types?.includes(type)),
        ({ subject }) => subject,
      ),
    ),
  ];
  return [headingOf(version, date), ...parts.filter((text) => text !== '')].join('\n\n');
}

/**
 * The changelog with what stands under Unreleased as the section of a version: people wrote it for people. Where nothing stands there, the commits
 * do.
 *
 * @param {string} changelog
 * @param {string} version
 * @param {string} date
 * @param {readonly Commit[]} commits
 */
export function release(changelog, version, date, commits) {
  const [before, rest] = splitAt(changelog, UNRELEASED);
  const end = rest.search(/^## /m);
  const [written, after] = end < 0 ? [rest, ''] : [rest.slice(0, end), rest.slice(end)];
  const section =
    written.trim() === '' ? sectionOf(version, date, commits) : `${headingOf(version, date)}\n\n${written.trim()}`;
  return `${before}${UNRELEASED}\n\n${section}\n${after === '' ? '' : `\n${after}`}`;
}

/**
 * @param {string} text
 * @param {string} heading
 * @returns {readonly [string, string]}
 */
function splitAt(text, heading) {
  const at = text.indexOf(`${heading}\n`);
  if (at < 0) throw new Error(`CHANGELOG.md must have the heading "${heading}"`);
  return [text.slice(0, at), text.slice(at + heading.length + 1)];
}

/**
 * @param {string} version
 * @param {string} date
 */
function headingOf(version, date) {
  return `## [${version}] - ${date}`;
}

/**
 * @param {string} title
 * @param {readonly Commit[]} commits
 * @param {(commit: Commit) => string} textOf
 */
function part(title, commits, textOf) {
  if (commits.length === 0) return '';
  const lines = commits.map((commit) => {
    const scope = commit.scope === undefined ? '' : `**${commit.scope}:** `;
    return `- ${scope}${textOf(commit)} (${commit.hash})`;
  });
  return [`### ${title}`, '', ...lines].join('\n');
}
