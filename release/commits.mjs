// The commits since the last release, read from git and parsed as conventional commits.
import { execFileSync } from 'node:child_process';
import { CommitParser } from 'conventional-commits-parser';
import semver from 'semver';

/**
 * @typedef {object} Commit
 * @property {string} hash abbreviated
 * @property {string} type `''` of a commit that is no conventional one
 * @property {string | undefined} scope
 * @property {string} subject
 * @property {string | undefined} breaking what breaks, where something does
 */

const parser = new CommitParser({
  headerPattern: /^(\w+)(?:\(([^()\r\n]+)\))?!?: (.+)$/,
  headerCorrespondence: ['type', 'scope', 'subject'],
  breakingHeaderPattern: /^(\w+)(?:\(([^()\r\n]+)\))?!: (.+)$/,
  // In capitals and with a colon, as the convention has it: a sentence about a breaking change is none.
  notesPattern: (keywords) => new RegExp(`^(${keywords}): +(.*)`),
});

/**
 * @param {string} cwd
 * @param {...string} args
 */
function git(cwd, ...args) {
  return execFileSync('git', args, { cwd, encoding: 'utf8', maxBuffer: 2 ** 28, stdio: ['ignore', 'pipe', 'pipe'] });
}

/**
 * @typedef {object} Release
 * @property {string} tag
 * @property {string} version
 */

/**
 * The highest version among the tags of the history, with or without a `v`; pre-releases are none.
 *
 * @param {string} cwd
 * @returns {Release | undefined}
 */
export function lastRelease(cwd) {
  const releases = git(cwd, 'tag', '--merged', 'HEAD')
    .split('\n')
    .map((tag) => ({ tag, version: tag.replace(/^v/, '') }))
    .filter(({ version }) => semver.valid(version) === version && semver.prerelease(version) === null);
  return releases.sort((a, b) => semver.rcompare(a.version, b.version))[0];
}

/**
 * Newest first, merges left out; a commit and the one that reverts it cancel each other out.
 *
 * @param {string} cwd
 * @param {string | undefined} since the tag of the last release; absent before the first one
 * @returns {readonly Commit[]}
 */
export function readCommits(cwd, since) {
  const range = since === undefined ? 'HEAD' : `${since}..HEAD`;
  const entries = git(cwd, 'log', '-z', '--no-merges', '--format=%H%n%h%n%B', range)
    .split('\0')
    .filter((entry) => entry !== '')
    .map((entry) => /^(.+)\n(.+)\n([^]*)$/.exec(entry) ?? ['', '', '', '']);
  const hashes = new Set(entries.map(([, hash]) => hash));
  const reverted = new Set();
  const commits = [];
  for (const [, hash = '', short = '', message = ''] of entries) {
    if (reverted.delete(hash)) continue;
    const undone = /^This reverts commit ([0-9a-f]{40})\b/m.exec(message)?.[1];
    if (undone !== undefined && hashes.has(undone)) reverted.add(undone);
    else commits.push(toCommit(short, message));
  }
  return commits;
}

/**
 * @param {string} hash
 * @param {string} message
 * @returns {Commit}
 */
function toCommit(hash, message) {
  const { type, scope, subject, header, notes } = parser.parse(message);
  return {
    hash,
    type: type ?? (header?.startsWith('Revert "') === true ? 'revert' : ''),
    scope: scope ?? undefined,
    subject: subject ?? header ?? '',
    breaking: notes[0]?.text.replace(/\s+/g, ' ').trim(),
  };
}
