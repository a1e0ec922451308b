import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';

const root = path.join(__dirname, '..', '..');
const read = (name: string): string => readFileSync(path.join(root, name), 'utf8');

interface Service {
  readonly image?: string;
  readonly build?: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly deploy?: { readonly replicas: number };
  readonly healthcheck?: { readonly disable?: boolean };
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
}

describe('docker-compose.yml', () => {
  const { services } = parse(read('docker-compose.yml'), { merge: true }) as {
    readonly services: Readonly<Record<string, Service>>;
  };

  it('has PostgreSQL, the service and two workers', () => {
    expect(Object.keys(services)).toEqual(['postgres', 'service', 'worker']);
    expect(services['service']?.command).toEqual(['typeflow', 'serve']);
    expect(services['worker']).toMatchObject({ command: ['typeflow', 'worker'], deploy: { replicas: 2 } });
  });

  it('starts PostgreSQL alone when only that is asked for, and everything else after it', () => {
    expect(services['postgres']?.depends_on).toBeUndefined();
    for (const name of ['service', 'worker']) {
      expect(services[name]?.depends_on).toEqual({ postgres: { condition: 'service_healthy' } });
    }
  });

  it('is reached from this machine only', () => {
    const ports = Object.values(services).flatMap((service) => service.ports ?? []);
    expect(ports).toEqual(['127.0.0.1:5432:5432', '127.0.0.1:4400:4400']);
  });

  it('has no token of its own, and gives workers none', () => {
    expect(services['service']?.environment?.['TYPEFLOW_TOKENS']).toBe('${TYPEFLOW_TOKENS:-}');
    expect(Object.keys(services['worker']?.environment ?? {})).toEqual(['TYPEFLOW_DATABASE']);
  });

  it('lets what it runs change nothing of its image', () => {
    for (const name of ['service', 'worker']) {
      expect(services[name]).toMatchObject({ build: '.', read_only: true, cap_drop: ['ALL'] });
    }
  });

  it('is started by the commands that its comment and CONTRIBUTING.md name', () => {
    for (const file of ['docker-compose.yml', 'CONTRIBUTING.md']) {
      expect(read(file)).toContain('docker compose up -d --wait postgres');
    }
  });
});

describe('the Dockerfile', () => {
  const lines = read('Dockerfile')
    .replace(/\\\n\s*/g, ' ')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  const stages = new Map<string, string[]>();
  for (const line of lines) {
    const name = /^FROM \S+ AS (\S+)$/.exec(line)?.[1];
    if (name !== undefined) stages.set(name, [line]);
    else [...stages.values()].at(-1)?.push(line);
  }
  const stage = (name: string): readonly string[] => stages.get(name) ?? [];

  it('ends in an image that runs as nobody in particular, and serves', () => {
    expect([...stages.keys()]).toEqual(['package', 'runtime', 'example-build', 'example']);
    expect(stage('example')[0]).toBe('FROM runtime AS example');
    for (const name of ['runtime', 'example']) {
      expect(stage(name).findLast((line) => /^(USER|RUN)/.test(line)) ?? 'USER node').toBe('USER node');
    }
    expect(stage('runtime').at(-1)).toBe('CMD ["typeflow", "serve"]');
  });

  it('copies what is there, and what .dockerignore lets through', () => {
    const allowed = read('.dockerignore')
      .split('\n')
      .flatMap((line) => (line.startsWith('!') ? [line.slice(1)] : []));
    const copied = lines.flatMap((line) =>
      (/^COPY (?!--from)(.+) \S+$/.exec(line)?.[1] ?? '').split(' ').filter(Boolean),
    );
    expect(copied).not.toEqual([]);
    for (const name of copied) {
      expect(existsSync(path.join(root, name))).toBe(true);
      expect(allowed).toContain(name);
    }
  });

  it('installs without running scripts of packages, and the versions that the package asks for', () => {
    const { peerDependencies } = JSON.parse(read('package.json')) as {
      readonly peerDependencies: Readonly<Record<string, string>>;
    };
    for (const line of lines.filter((one) => /npm (ci|install) /.test(one))) expect(line).toContain('--ignore-scripts');
    for (const [, name = '', major] of read('Dockerfile').matchAll(/ (@?fastify\S*)@(\d+)/g)) {
      expect(peerDependencies[name]).toMatch(new RegExp(`^\\^${major}\\.`));
    }
  });

  it('asks for health by a program that can be parsed, and takes a refusal for life', async () => {
    const line = stage('runtime').find((one) => one.startsWith('HEALTHCHECK')) ?? '';
    const [command, flag, program = ''] = JSON.parse(line.slice(line.indexOf('CMD ') + 4)) as string[];
    expect([command, flag]).toEqual(['node', '-e']);
    const exitOf = async (answer: Promise<{ status: number }>): Promise<number> =>
      new Promise((resolve) => {
        const asked = new Function('fetch', 'process', program) as (fetch: unknown, process: unknown) => void;
        asked((url: string) => (url === 'http://127.0.0.1:4400/health' ? answer : undefined), {
          env: { TYPEFLOW_PORT: '4400' },
          exit: resolve,
        });
      });
    expect(await exitOf(Promise.resolve({ status: 200 }))).toBe(0);
    expect(await exitOf(Promise.resolve({ status: 401 }))).toBe(0);
    expect(await exitOf(Promise.resolve({ status: 503 }))).toBe(1);
    expect(await exitOf(Promise.reject(new Error('refused')))).toBe(1);
  });
});
