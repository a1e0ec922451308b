import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const program = path.join(__dirname, '..', '..', 'release', 'main.mjs');

const ENVIRONMENT = {
  GIT_AUTHOR_NAME: 'Ann',
  GIT_AUTHOR_EMAIL: 'ann@example.com',
  GIT_COMMITTER_NAME: 'Ann',
  GIT_COMMITTER_EMAIL: 'ann@example.com',
  // Neither hooks nor settings of whoever runs the tests.
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_SYSTEM: '/dev/null',
};

/** What the program says with `--json`. */
export interface Planned {
  readonly last?: string;
  readonly next?: string;
  readonly held?: string;
  readonly bump?: string;
  readonly section?: string;
}

/** A git repository of its own, in a temporary folder. */
export class History {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'typeflow-release-'));

  constructor(version = '0.1.0') {
    this.git('init', '--quiet', '--initial-branch=main');
    const manifest = { name: 'lib', version };
    this.write('package.json', JSON.stringify(manifest));
    this.write('package-lock.json', JSON.stringify({ ...manifest, packages: { '': manifest, 'node_modules/a': {} } }));
    this.write('CHANGELOG.md', '# Changelog\n\n## [Unreleased]\n');
    this.git('add', '.');
    this.commit('chore: begin');
  }

  /** Commits with these messages, one after the other; answers the hash of the last. */
  commit(...messages: readonly string[]): string {
    for (const message of messages) this.git('commit', '--quiet', '--allow-empty', '--no-verify', '-m', message);
    return this.git('rev-parse', 'HEAD').trim();
  }

  tag(name: string): void {
    this.git('tag', name);
  }

  git(...args: readonly string[]): string {
    const env = { ...process.env, ...ENVIRONMENT };
    return execFileSync('git', args, { cwd: this.folder, encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'pipe'] });
  }

  write(name: string, text: string): void {
    writeFileSync(path.join(this.folder, name), text);
  }

  read(name: string): string {
    return readFileSync(path.join(this.folder, name), 'utf8');
  }

  /** Runs the program here; what it prints, with hashes left out. */
  release(...args: readonly string[]): string {
    const printed = execFileSync(process.execPath, [program, '--date', '2026-03-04', ...args], {
      cwd: this.folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return printed.replace(/ \([0-9a-f]{7,12}\)/g, '').trim();
  }

  plan(...args: readonly string[]): Planned {
    return JSON.parse(this.release('--json', ...args)) as Planned;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
