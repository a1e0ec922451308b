import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';

const root = path.join(__dirname, '..', '..');
const folder = path.join(root, '.github', 'workflows');

interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
}

interface Job {
  readonly needs?: readonly string[];
  readonly if?: string;
  readonly uses?: string;
  readonly 'runs-on'?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly steps?: readonly Step[];
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

const read = (name: string): Workflow => parse(readFileSync(path.join(folder, name), 'utf8')) as Workflow;
const names = readdirSync(folder);
const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>;
};

describe.each(names)('%s', (name) => {
  const workflow = read(name);
  const jobs = Object.values(workflow.jobs);
  const steps = jobs.flatMap((job) => job.steps ?? []);
  const commands = steps.flatMap(({ run }) => run ?? []);

  it('has jobs that run somewhere, after jobs that exist', () => {
    expect(jobs.length).toBeGreaterThan(0);
    for (const job of jobs) {
      expect(job['runs-on'] ?? job.uses).toBeDefined();
      for (const needed of job.needs ?? []) expect(Object.keys(workflow.jobs)).toContain(needed);
    }
  });

  it('may read, unless a job says that it needs more', () => {
    expect(workflow.permissions).toEqual({ contents: 'read' });
  });

  it('uses actions of a fixed major version, and workflows that are there', () => {
    for (const uses of [...steps, ...jobs].flatMap((one) => one.uses ?? [])) {
      if (uses.startsWith('./')) expect(existsSync(path.join(root, uses))).toBe(true);
      else expect(uses).toMatch(/^actions\/[\w-]+@v\d+$/);
    }
  });

  it('writes nothing from outside into a command: what comes from an event is an environment variable', () => {
    for (const command of commands) expect(command).not.toContain('${{');
  });

  it('runs scripts that there are, in shell that is sound', () => {
    for (const command of commands) {
      execFileSync('bash', ['-n'], { input: command });
      for (const [, script = ''] of command.matchAll(/npm run (?:--silent )?([\w:-]+)/g)) {
        expect(Object.keys(scripts)).toContain(script);
      }
      for (const file of command.match(/^\.[\w/-]+/gm) ?? []) expect(existsSync(path.join(root, file))).toBe(true);
    }
  });
});

describe('the release workflow', () => {
  const { on, jobs } = read('release.yml');
  const commandsOf = (job: string): string => (jobs[job]?.steps ?? []).map(({ run = '' }) => run).join('\n');

  it('is started by hand, dry by default, or by a tag of a version', () => {
    expect(on).toMatchObject({
      workflow_dispatch: { inputs: { 'dry-run': { default: true }, 'below-1': { default: false } } },
      push: { tags: ['v[0-9]+.[0-9]+.[0-9]+'] },
    });
    expect(Object.keys(on).sort()).toEqual(['push', 'workflow_dispatch']);
  });

  it('plans, verifies, writes the version and publishes, in this order', () => {
    expect(Object.keys(jobs)).toEqual(['plan', 'verify', 'version', 'publish']);
    expect(jobs['version']?.needs).toEqual(['plan', 'verify']);
    expect(jobs['publish']?.needs).toEqual(['verify', 'version']);
    expect(commandsOf('plan')).toContain('npm run --silent release:dry');
    expect(jobs['verify']?.uses).toBe('./.github/workflows/ci.yml');
    expect(read('ci.yml').jobs['run']?.steps?.at(-1)?.run).toBe('.ci/run');
    expect(commandsOf('version')).toContain('npm run --silent release:write');
  });

  it('publishes only what passed, with provenance and a bill of materials, and runs no script of a dependency', () => {
    expect(jobs['publish']?.if).toContain("needs.verify.result == 'success'");
    expect(jobs['publish']?.permissions).toEqual({ contents: 'write', 'id-token': 'write' });
    expect(commandsOf('publish')).toMatch(/npm publish \S+ --provenance/);
    expect(commandsOf('publish')).toMatch(/npm sbom .*> \.\.\/sbom\.cdx\.json/);
    for (const job of ['plan', 'version', 'publish']) expect(commandsOf(job)).toContain('npm ci --ignore-scripts');
  });

  it('tells a release what its section of the changelog says', () => {
    const awk = /^awk .*$/m.exec(commandsOf('publish'))?.[0].replace(/ CHANGELOG\.md > notes\.md$/, '') ?? '';
    const changelog =
      '# C\n\n## [Unreleased]\n\n- later\n\n## [1.2.0] - 2026-01-01\n\n### Added\n\n- this\n\n## [1.2.0-rc.1] - x\n\n- not';
    const env = { ...process.env, TAG: 'v1.2.0' };
    expect(execFileSync('bash', ['-c', awk], { input: changelog, encoding: 'utf8', env }).trim()).toBe(
      '### Added\n\n- this',
    );
  });
});
