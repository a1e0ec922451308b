import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { RunDetailView, RunPageView, RunView } from '../../src/application/views';
import type { Child } from '../fixtures/child-process';
import { folderOf, removeFolder } from '../fixtures/folder-of';
import { cli, cliJson, startCli } from './cli-process';

interface DevEvent {
  readonly event: string;
  readonly url: string;
  readonly store: string;
  readonly file: string;
}

const eventsOf = (dev: Child): DevEvent[] => dev.lines.map((line) => JSON.parse(line) as DevEvent);

/** Resolves with the address once `dev` has been ready this many times. */
async function ready(dev: Child, times = 1): Promise<string> {
  const isReady = (line: string): boolean => (JSON.parse(line) as DevEvent).event === 'ready';
  await dev.until((lines) => lines.filter(isReady).length >= times);
  return eventsOf(dev).findLast(({ event }) => event === 'ready')?.url as string;
}

async function post(url: string, body: object): Promise<{ readonly status: number; readonly body: RunView }> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  return { status: response.status, body: (await response.json()) as RunView };
}

const MINUTES = 60_000;

describe("a new user's path", () => {
  let folder: string;
  let dev: Child | undefined;

  beforeEach(() => (folder = folderOf()));

  afterEach(async () => {
    await dev?.kill('SIGTERM');
    dev = undefined;
    removeFolder(folder);
  });

  const startDev = (): Child => (dev = startCli(folder, ['dev', '--port', '0', '--json']));

  it(
    'goes from an empty folder to a run that was executed, looked at, and one that was cancelled',
    async () => {
      expect(await cli(folder, ['init'])).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('typeflow.config.ts'),
      });
      const url = await ready(startDev());

      // One request creates, one executes.
      const created = await post(`${url}/workflows`, { name: 'greeting', input: 'Ada' });
      expect(created).toMatchObject({ status: 201, body: { status: 'PENDING', isHeld: true } });
      const { id } = created.body;
      expect((await cli(folder, ['explain', id])).stdout).toContain('created, waiting for execute');
      const executed = await post(`${url}/workflows/${id}/execute`, { wait: '60s' });
      expect(executed).toMatchObject({ status: 200, body: { id, status: 'COMPLETED', output: 'Hallo, ADA!' } });

      // The other commands find `dev` by its folder.
      const page = await cliJson<RunPageView>(folder, ['list', '--status', 'COMPLETED']);
      expect(page.items.map((run) => run.id)).toEqual([id]);
      const run = await cliJson<RunDetailView>(folder, ['show', id]);
      expect(run.nodes.find(({ task }) => task === 'language')).toMatchObject({ status: 'COMPLETED', attempt: 2 });
      const shown = await cli(folder, ['show', id]);
      expect(shown).toMatchObject({ code: 0, stderr: '' });
      expect(shown.stdout).toMatch(/greeting\.main COMPLETED/);
      expect((await cli(folder, ['explain', id])).stdout).toMatch(/is COMPLETED/);

      const held = await cli(folder, ['start', 'greeting', '--held']);
      expect(held.code).toBe(0);
      expect(await cli(folder, ['cancel', held.stdout, '--reason', 'enough'])).toMatchObject({ code: 0 });
      expect(await cliJson<RunView>(folder, ['show', held.stdout])).toMatchObject({ status: 'CANCELLED' });
      expect(await cli(folder, ['cancel', held.stdout])).toMatchObject({ code: 1 });

      const followed = await cli(folder, ['run', 'greeting', '--input', '"Bob"']);
      expect(followed).toMatchObject({ code: 0, stdout: '"Hello, BOB!"' });
      expect(followed.stderr).toMatch(/language COMPLETED attempt 2/);
      expect(await cli(folder, ['doctor'])).toMatchObject({ code: 0 });
      expect(await cli(folder, ['show', '0190aaaa-0000-7000-8000-000000000000'])).toMatchObject({ code: 3 });
      expect(await cli(folder, ['migrate', 'status'])).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('stop it first'),
      });
    },
    8 * MINUTES,
  );

  it(
    'starts anew when a source changes, and leaves nothing that blocks, however it ends',
    async () => {
      await cli(folder, ['init']);
      const url = await ready(startDev());
      const address = path.join(folder, '.typeflow.dev.json');
      expect(statSync(address).mode & 0o777).toBe(0o600);
      expect(statSync(path.join(folder, '.typeflow')).mode & 0o777).toBe(0o700);
      const { body: held } = await post(`${url}/workflows`, { name: 'greeting', input: 'Ada' });

      const source = path.join(folder, 'src/greeting.workflow.ts');
      const text = readFileSync(source, 'utf8');
      writeFileSync(source, text.replaceAll('Hallo', 'Servus'));
      expect(await ready(dev as Child, 2)).toBe(url);
      expect(await post(`${url}/workflows/${held.id}/execute`, { wait: '60s' })).toMatchObject({
        status: 200,
        body: { output: 'Servus, ADA!' },
      });

      // A mistake is told of, and waited for to be mended.
      writeFileSync(source, text.replace('export class', 'export clas'));
      await dev?.until((lines) => lines.some((line) => line.includes('"ended"')));
      expect(dev?.stderr).toContain('APPLICATION_NOT_LOADED');
      expect(existsSync(address)).toBe(false);
      writeFileSync(source, text);
      await ready(dev as Child, 3);

      expect(await dev?.kill('SIGINT')).toBe(0);
      expect(existsSync(address)).toBe(false);
      expect(existsSync(path.join(folder, '.typeflow.lock'))).toBe(false);

      // Without `dev` the database itself is asked, which one process at a time has.
      const page = await cliJson<RunPageView>(folder, ['list']);
      expect(page.items).toHaveLength(1);

      // Killed, it leaves files behind that name a process which is gone; its child ends by itself.
      await ready(startDev());
      await dev?.kill('SIGKILL');
      expect(existsSync(address)).toBe(true);
      await ready(startDev());
      expect(await dev?.kill('SIGTERM')).toBe(0);
    },
    8 * MINUTES,
  );
});
