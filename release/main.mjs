// Computes the next version from the commits since the last tag, and the changelog's section for it. Reads a repository, and no network.
//
//   npm run release:dry                 prints both
//   npm run release:dry -- --json       as data
//   npm run release:write               writes package.json, package-lock.json and CHANGELOG.md; committing and tagging is up to you
//   … -- --repository <folder>          of another folder than the working one
//   … -- --below-1                      before 1.0.0 a breaking change raises the minor version, not the major one
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import semver from 'semver';
import { release, sectionOf } from './changelog.mjs';
import { lastRelease, readCommits } from './commits.mjs';
import { bumpOf, nextVersion } from './next-version.mjs';

const { values: options } = parseArgs({
  options: {
    write: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    repository: { type: 'string', default: '.' },
    'below-1': { type: 'boolean', default: false },
    date: { type: 'string', default: new Date().toISOString().slice(0, 10) },
  },
});

const cwd = path.resolve(options.repository);
/** @param {string} name */
const fileOf = (name) => path.join(cwd, name);
/** @param {string} name */
const readJson = (name) => JSON.parse(readFileSync(fileOf(name), 'utf8'));

function plan() {
  const initial = readJson('package.json').version;
  if (semver.valid(initial) === null) throw new Error(`package.json has no version: ${initial}`);
  const found = lastRelease(cwd);
  const last = found?.version;
  const commits = readCommits(cwd, found?.tag);
  const bump = bumpOf(commits);
  const history = { last, initial, bump };
  const next = nextVersion({ ...history, staysBelow1: options['below-1'] });
  const held = nextVersion({ ...history, staysBelow1: true });
  const section = next === undefined ? undefined : sectionOf(next, options.date, commits);
  return { last, next, held: held === next ? undefined : held, bump, section, commits };
}

/** @param {ReturnType<typeof plan>} planned */
function describe({ last, next, held, bump, section, commits }) {
  const since = `${commits.length} commit${commits.length === 1 ? '' : 's'} since ${last === undefined ? 'the beginning' : `v${last}`}`;
  if (next === undefined) return `last version: ${last}\nnext version: none (${since}, none of which is a release)`;
  const why =
    last === undefined
      ? 'the first release'
      : `${bump}${next === semver.inc(last, bump ?? 'patch') ? '' : ' below 1.0.0'}`;
  const hint = held === undefined ? '' : `, or ${held} with --below-1`;
  return `last version: ${last ?? 'none'}\nnext version: ${next} (${why}: ${since}${hint})\n\n${section}`;
}

/** @param {ReturnType<typeof plan>} planned */
function write({ next, commits }) {
  if (next === undefined) throw new Error('there is nothing to release');
  for (const name of ['package.json', 'package-lock.json']) {
    const json = readJson(name);
    json.version = next;
    if (json.packages?.[''] !== undefined) json.packages[''].version = next;
    writeFileSync(fileOf(name), `${JSON.stringify(json, null, 2)}\n`);
  }
  const changelog = readFileSync(fileOf('CHANGELOG.md'), 'utf8');
  writeFileSync(fileOf('CHANGELOG.md'), release(changelog, next, options.date, commits));
}

try {
  const planned = plan();
  if (options.write) write(planned);
  process.stdout.write(`${options.json ? JSON.stringify(planned) : describe(planned)}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
