import { DataSource } from 'typeorm';
import type { RunPageView, RunView } from '../../src/application/views';
import type { Child } from '../fixtures/child-process';
import { CLI_APPLICATION } from '../fixtures/cli-application';
import { folderOf, removeFolder } from '../fixtures/folder-of';
import { createTestDatabase } from '../setup/database';
import type { TestDatabase } from '../setup/database';
import { cli, cliJson, startCli } from './cli-process';

const MINUTES = 60_000;

/** Sentences say how long ago something was. */
const timeless = (text: string): string => text.replace(/\(\d+ \w+ ago\)/g, '(ago)');

describe('the command line on PostgreSQL', () => {
  let database: TestDatabase;
  let folder: string;
  let onDatabase: Record<string, string>;
  const children: Child[] = [];

  beforeEach(async () => {
    database = await createTestDatabase();
    folder = folderOf({ 'typeflow.config.cjs': CLI_APPLICATION });
    onDatabase = { TYPEFLOW_DATABASE: database.url };
  });

  afterEach(async () => {
    await Promise.all(children.splice(0).map((child) => child.kill('SIGKILL')));
    await database.drop();
    removeFolder(folder);
  });

  const start = (args: readonly string[], env: Record<string, string> = {}): Child => {
    const child = startCli(folder, args, { ...onDatabase, ...env });
    children.push(child);
    return child;
  };

  const onPostgres = async (sql: string): Promise<unknown> => {
    const dataSource = await new DataSource({ type: 'postgres', url: database.url }).initialize();
    try {
      return await dataSource.query(sql);
    } finally {
      await dataSource.destroy();
    }
  };

  it(
    'migrates, works, serves, and answers the same by either way',
    async () => {
      // A client never migrates; `migrate` says what it would do, and does it.
      expect(await cli(folder, ['list'], onDatabase)).toMatchObject({
        code: 4,
        stderr: expect.stringContaining('SCHEMA_OUTDATED'),
      });
      expect(await cli(folder, ['migrate', 'status'], onDatabase)).toMatchObject({
        code: 1,
        stdout: expect.stringContaining('pending'),
      });
      const sql = await cli(folder, ['migrate', 'sql'], onDatabase);
      expect(sql.stdout).toMatch(/^BEGIN;\n[^]*CREATE TABLE[^]*\nCOMMIT;$/);
      expect(
        (await cliJson<{ migrated: string[] }>(folder, ['migrate', 'up'], onDatabase)).migrated.length,
      ).toBeGreaterThan(5);
      expect(await cli(folder, ['migrate', 'status'], onDatabase)).toMatchObject({ code: 0 });

      // Without a worker the doctor names the queue.
      const { stdout: id } = await cli(folder, ['start', 'orders', '--input', '3', '--tag', 'a'], onDatabase);
      const ill = await cli(folder, ['doctor'], onDatabase);
      expect(ill).toMatchObject({ code: 1, stdout: expect.stringContaining('no live worker serves default (1 runs)') });

      const worker = start(['worker']);
      await worker.until((lines) => lines.some((line) => line.includes('takes default')));
      const failed = await cli(folder, ['run', 'orders', '--input', '-1'], onDatabase);
      expect(failed).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('no price for -1') });
      expect(await cli(folder, ['run', 'orders', '--input', '4'], onDatabase)).toMatchObject({ code: 0, stdout: '40' });
      const { id: waiting } = await cliJson<RunView>(folder, ['start', 'orders', '--input', '0'], onDatabase);
      expect(await cli(folder, ['signal', waiting, 'approved', '--payload', '"yes"'], onDatabase)).toMatchObject({
        code: 0,
      });
      const events = await cli(folder, ['events', waiting, '--json'], onDatabase);
      expect(JSON.parse(events.stdout.split('\n').at(-1) as string)).toMatchObject({
        type: 'run',
        status: 'COMPLETED',
      });
      expect(await cli(folder, ['doctor'], onDatabase)).toMatchObject({ code: 0 });

      const service = start(['serve', '--json'], { TYPEFLOW_HOST: 'localhost', TYPEFLOW_PORT: '0' });
      await service.until((lines) => lines.length > 0);
      const { url } = JSON.parse(service.lines[0] as string) as { url: string };
      const through = { TYPEFLOW_URL: url };
      const page = await cliJson<RunPageView>(folder, ['list'], onDatabase);
      expect(page.items).toHaveLength(4);
      const failedId = page.items.find(({ status }) => status === 'FAILED')?.id as string;
      for (const args of [
        ['list'],
        ['list', '--tag', 'a', '--status', 'completed'],
        ['list', '--limit', '2'],
        ['show', id],
        ['show', failedId],
        ['explain', id],
        ['logs', id],
        ['definitions', '--url', url],
        ['graph', '--url', url],
        ['plan', '--url', url],
        ['schedules', 'list'],
        ['cancel', '--workflow', 'orders', '--dry-run'],
      ]) {
        const command = args.filter((arg, i) => arg !== '--url' && args[i - 1] !== '--url');
        const direct = await cli(folder, [...command, '--json'], onDatabase);
        const served = await cli(folder, [...args, '--json'], through);
        expect({ args, ...served, stdout: timeless(served.stdout) }).toEqual({
          args,
          ...direct,
          stdout: timeless(direct.stdout),
        });
        expect(direct.code).toBe(0);
      }
      for (const args of [
        ['show', '0190aaaa-0000-7000-8000-000000000000'],
        ['retry', id],
        ['signal', id, 'approved'],
        ['start', 'nothing'],
        ['execute', id, '--flow', 'price'],
      ]) {
        const direct = await cli(folder, [...args, '--json'], onDatabase);
        const served = await cli(folder, [...args, '--json'], through);
        expect({ args, code: served.code, error: JSON.parse(served.stderr) as unknown }).toEqual({
          args,
          code: direct.code,
          error: JSON.parse(direct.stderr) as unknown,
        });
        expect(direct.code).not.toBe(0);
      }
      expect(await cli(folder, ['run', 'orders', '--input', '5'], through)).toMatchObject({ code: 0, stdout: '50' });
      expect(await cli(folder, ['retry', failedId], through)).toMatchObject({ code: 0 });

      expect(await service.kill('SIGTERM')).toBe(0);
      expect(await worker.kill('SIGTERM')).toBe(0);
      expect(await cli(folder, ['list'], through)).toMatchObject({
        code: 4,
        stderr: expect.stringContaining('SERVICE_UNREACHABLE'),
      });
    },
    8 * MINUTES,
  );

  it(
    'looks at runs whose code is elsewhere, and finds what was changed by hand',
    async () => {
      await cliJson(folder, ['migrate', 'up'], onDatabase);
      const { stdout: id } = await cli(folder, ['start', 'orders', '--input', '3'], onDatabase);
      const empty = folderOf();
      expect(await cliJson<RunPageView>(empty, ['list'], onDatabase)).toMatchObject({ items: [{ id }] });
      expect(await cli(empty, ['start', 'orders'], onDatabase)).toMatchObject({ code: 3 });
      expect(await cli(empty, ['list'])).toMatchObject({
        code: 6,
        stderr: expect.stringContaining('no application in'),
      });
      removeFolder(empty);

      await onPostgres('ALTER TABLE typeflow.run DROP COLUMN tags');
      const ill = await cli(folder, ['doctor'], onDatabase);
      expect(ill.code).toBe(1);
      const mending = ill.stdout.split('\n').filter((line) => line.trim().startsWith('ALTER TABLE'));
      expect(mending).toHaveLength(1);
      await onPostgres(mending.join('\n'));
      expect((await cli(folder, ['doctor'], onDatabase)).stdout).toMatch(/ok +schema/);
    },
    4 * MINUTES,
  );

  it(
    'never tells a password',
    async () => {
      const secret = 'canary-4711';
      const wrong = `postgres://nobody:${secret}@127.0.0.1:1/nothing`;
      for (const [args, env] of [
        [['list'], { TYPEFLOW_DATABASE: wrong }],
        [['list', '--json'], { TYPEFLOW_DATABASE: wrong }],
        [['doctor'], { TYPEFLOW_DATABASE: wrong }],
        [['migrate', 'up'], { TYPEFLOW_DATABASE: wrong }],
        [['list', '--database', wrong], {}],
        [['list', '--url', `http://ann:${secret}@127.0.0.1:1`], {}],
        [['list', '--url', 'http://127.0.0.1:1'], { TYPEFLOW_TOKEN: secret }],
      ] as const) {
        const { code, stdout, stderr } = await cli(folder, args, env);
        expect({ args, isRefused: code !== 0 }).toEqual({ args, isRefused: true });
        expect(stdout + stderr).not.toContain(secret);
      }
    },
    4 * MINUTES,
  );
});
