import 'reflect-metadata';
import { join } from 'node:path';
import { container as globalContainer } from 'tsyringe';
import { WorkflowRunner } from '../../src';
import type { RunRecord } from '../../src';
import { Child } from '../fixtures/child-process';
import { MemoryLogger } from '../fixtures/memory-logger';
import { timed } from '../fixtures/signal-process';
import { TcpProxy } from '../fixtures/tcp-proxy';
import { createTestDatabase } from '../setup/database';
import type { TestDatabase } from '../setup/database';

const PROCESS = join(__dirname, '../fixtures/signal-process.ts');
const ENDLESS = -1;

/** R6 and R7, with real processes. */
describe('a process that closes on signals', () => {
  let database: TestDatabase;
  let client: WorkflowRunner;
  let child: Child | undefined;

  beforeEach(async () => {
    database = await createTestDatabase();
    client = await WorkflowRunner.create({
      workflows: [timed],
      database: database.url,
      container: globalContainer.createChildContainer(),
      logger: new MemoryLogger(),
      worker: false,
    });
  });
  afterEach(async () => {
    await child?.kill();
    await client.close();
    await database.drop();
  });

  const spawn = async (takes: readonly number[], drain: string, url = database.url): Promise<Child> => {
    child = new Child(PROCESS, { DATABASE: url, DRAIN: drain, TAKES: JSON.stringify(takes) });
    const called = (lines: readonly string[]): number => lines.filter((line) => line.startsWith('called')).length;
    await child.until((lines) => called(lines) === takes.length && lines.includes('started'));
    return child;
  };

  const runs = async (): Promise<readonly RunRecord[]> =>
    Promise.all(
      (await client.list()).items.map(async ({ id }) => {
        const run = await client.get(id);
        if (run === undefined) throw new Error(`run ${id} is gone`);
        return run;
      }),
    );

  it('lets what can end do so, gives the rest back uncharged, and exits with 0', async () => {
    const process = await spawn([500, 600, 700, ENDLESS, ENDLESS], '3s');
    process.process.kill('SIGTERM');
    expect(await process.ended).toBe(0);
    expect(process.lines.filter((line) => line.startsWith('aborted'))).toEqual(['aborted -1', 'aborted -1']);

    const all = await runs();
    const workOf = ({ nodes }: RunRecord): string | undefined => nodes.find(({ task }) => task === 'work')?.status;
    // What ended is recorded; what comes after it is for the next worker.
    const done = all.filter(({ input }) => input !== ENDLESS);
    expect(done.map((run) => [run.status, workOf(run)])).toEqual(done.map(() => ['PENDING', 'COMPLETED']));
    expect(done).toHaveLength(3);
    const left = all.filter(({ input }) => input === ENDLESS);
    // Nobody waited for a lease to end, and nothing was counted as a crash or used up a retry: the next worker calls it again.
    const next = new Child(PROCESS, { DATABASE: database.url, DRAIN: '0ms', TAKES: '[]' });
    await next.until((lines) => left.every(({ id }) => lines.some((line) => line.includes(`called -1 ${id}`))));
    next.process.kill('SIGTERM');
    expect([await next.ended, next.stderr]).toEqual([0, '']);
    for (const { id } of left) expect(await client.get(id)).toMatchObject({ status: 'PENDING', error: undefined });
  }, 180_000);

  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)(
    'ends at once with the second %s, with code %d',
    async (signal, code) => {
      const process = await spawn([ENDLESS], '1h');
      process.process.kill('SIGTERM');
      await process.until((lines) => lines.some((line) => line.startsWith('closing')));
      process.process.kill(signal);
      expect(await process.ended).toBe(code);
    },
    180_000,
  );

  it('exits, though its database does not answer any more', async () => {
    const proxy = await TcpProxy.before(database.url);
    const process = await spawn([100, ENDLESS], '500ms', proxy.url);
    proxy.mode = 'blackhole';
    process.process.kill('SIGTERM');
    expect(await process.ended).toBe(0);
    expect(proxy.dropped).toBeGreaterThan(0);
    await proxy.close();
    // Nothing was lost: the runs are still the dead worker's, until its lease ends.
    expect((await runs()).every(({ status }) => status === 'RUNNING' || status === 'COMPLETED')).toBe(true);
  }, 180_000);
});
