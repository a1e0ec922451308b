// Which version the commits since the last one make.
import semver from 'semver';

/** @typedef {import('./commits.mjs').Commit} Commit */

/**
 * The least that the commits ask for: something that breaks is a major version, `feat` a minor one, `fix`, `perf` and `revert` a patch. Everything
 * else is none.
 *
 * @param {readonly Commit[]} commits
 * @returns {'major' | 'minor' | 'patch' | undefined}
 */
export function bumpOf(commits) {
  if (commits.some(({ breaking }) => breaking !== undefined)) return 'major';
  if (commits.some(({ type }) => type === 'feat')) return 'minor';
  return commits.some(({ type }) => ['fix', 'perf', 'revert'].includes(type)) ? 'patch' : undefined;
}

/**
 * @param {object} history
 * @param {string | undefined} history.last absent before the first release
 * @param {string} history.initial the version of the first release
 * @param {'major' | 'minor' | 'patch' | undefined} history.bump
 * @param {boolean} history.staysBelow1 before 1.0.0 what breaks is a minor version
 * @returns {string | undefined} `undefined` when there is nothing to release
 */
export function nextVersion({ last, initial, bump, staysBelow1 }) {
  if (last === undefined) return initial;
  if (bump === undefined) return undefined;
  const isHeld = bump === 'major' && staysBelow1 && semver.major(last) === 0;
  return semver.inc(last, isHeld ? 'minor' : bump) ?? undefined;
}
