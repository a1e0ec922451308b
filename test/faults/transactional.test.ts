import { createTestDatabase } from '../setup/database';
import { Barrier } from './harness/barrier';
import { until } from './harness/campaign-database';
import { broken } from './harness/oracle';
import { Scenario } from './harness/scenario';
import { newSeed } from './harness/seeded-random';
import { judgeEffects, transactionalCampaign } from './campaigns/transactional';
import { transactionalOutput } from './transactional-workflow';
import type { Guard } from './workers/sabotage';

describe('15 kill -9 around the commits of transactional tasks', () => {
  it('leave each effect once', async () => {
    const database = await createTestDatabase();
    try {
      const seed = newSeed();
      const { fired, runs, verdict } = await transactionalCampaign({ url: database.url, seed, runs: 25, faults: 15 });
      expect({ seed, ...broken(verdict) }).toEqual({ seed });
      expect(Object.values(fired).slice(0, 5)).toEqual([3, 3, 3, 3, 3]);
      expect(fired['ofThemOnTheTaskQueue']).toBeGreaterThan(0);
      expect(runs).toBeGreaterThanOrEqual(25);
      expect(verdict.repeats).toBeGreaterThan(0);
    } finally {
      await database.drop();
    }
  }, 120_000);
});

describe('a transactional task whose worker stands still past its lease', () => {
  let scenario: Scenario;
  beforeEach(async () => (scenario = await Scenario.open()));
  afterEach(() => scenario.close());

  const begin = async (): Promise<void> => {
    const { client, workflows, started } = scenario.database;
    const { id } = await client.start(workflows.transactional, 'main', 5);
    started.set(id, transactionalOutput(5));
  };
  /** What it is that the oracle finds good: with one effect more, or one less, it must not be. */
  const checkJudge = async (verdict: object): Promise<void> => {
    expect(verdict).toEqual({});
    const { database } = scenario;
    await database.query('INSERT INTO effect SELECT * FROM effect LIMIT 1');
    expect(Object.keys(broken(await judgeEffects(database)))).toEqual(['recordedTwice']);
    await database.query('DELETE FROM effect WHERE ctid = (SELECT max(ctid) FROM effect)');
    await database.query(`DELETE FROM effect WHERE node = 'book'`);
    expect(Object.keys(broken(await judgeEffects(database)))).toEqual(['lost']);
  };
  const effects = (): Promise<number> => scenario.database.value('SELECT count(*)::int AS value FROM effect');

  it.each<[string, Guard | undefined, string[]]>([
    ['has its effect once', undefined, []],
    ['is found out without the epoch predicate', 'epoch', ['staleWrites']],
  ])(
    'between its effect and its commit: it %s',
    async (_, sabotage, found) => {
      const slow = await scenario.worker({ tasks: 1 }, { sabotage });
      await begin();
      await scenario.called('pay', slow);
      slow.freeze();
      const heir = await scenario.worker({ tasks: 1 });
      await scenario.called('pay', heir);
      // Open before it goes on: its commit is under way when it notices what it has lost.
      scenario.open('pay', slow);
      slow.thaw();
      if (sabotage !== undefined) {
        // What two owners make of a run is anybody's guess: the late one's commit is enough.
        await until('the late one has committed', async () => (await effects()) > 0);
        expect(Object.keys(broken(await judgeEffects(scenario.database)))).toEqual(expect.arrayContaining(found));
        return;
      }
      await slow.says('warn the run belongs to another worker now');
      for (const task of ['pay', 'book', 'ship']) for (const worker of [slow, heir]) scenario.open(task, worker);
      await scenario.allOver();
      await checkJudge(broken(await judgeEffects(scenario.database)));
    },
    60_000,
  );

  it('between its last statement and its commit: it does not keep the run from others, and has its effect once', async () => {
    const barrier = await Barrier.inRecordsOf('book', scenario.database.url);
    try {
      const slow = await scenario.worker({ tasks: 3 });
      await begin();
      for (const task of ['pay', 'book', 'ship']) scenario.open(task, slow);
      await barrier.isReached();
      slow.freeze();
      const heir = await scenario.worker({ tasks: 3 });
      for (const task of ['pay', 'book', 'ship']) scenario.open(task, heir);
      // The statement ends, and its transaction stays open: nobody is there to send the commit.
      await barrier.lift();
      await scenario.allOver();
      slow.thaw();
      expect((await scenario.calls(heir)).map(({ task }) => task)).toContain('book');
      expect(broken(await judgeEffects(scenario.database))).toEqual({});
    } finally {
      await barrier.close();
    }
  }, 60_000);
});
