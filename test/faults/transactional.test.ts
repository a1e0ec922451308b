import { createTestDatabase } from '../setup/database';
import { Barrier } from './harness/barrier';
import { until } from './harness/campaign-database';
import type { FaultWorker } from './harness/fault-worker';
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

  it('between its effect and its commit: it has its effect once', async () => {
    const slow = await scenario.worker({ tasks: 1 });
    await begin();
    await slow.says('at the gate of pay');
    slow.freeze();
    const heir = await scenario.worker({ tasks: 1 });
    await scenario.called('pay', heir);
    // Open before it goes on: its commit is under way, or its connection gone, when it notices what it has lost.
    for (const task of ['pay', 'book', 'ship']) for (const worker of [slow, heir]) scenario.open(task, worker);
    slow.thaw();
    await scenario.allOver();
    await checkJudge(broken(await judgeEffects(scenario.database)));
  }, 60_000);

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

describe('the last statement of a transactional task that arrives after a takeover', () => {
  let scenario: Scenario;
  beforeEach(async () => (scenario = await Scenario.open()));
  afterEach(() => scenario.close());

  /** It is on its way, by a network that holds it back, while another worker takes the run over. */
  const arriveLate = async (sabotage: Guard | undefined): Promise<FaultWorker> => {
    const { client, workflows, started } = scenario.database;
    const slow = await scenario.worker({ tasks: 1 }, { isProxied: true, sabotage });
    started.set((await client.start(workflows.transactional, 'main', 5)).id, transactionalOutput(5));
    await slow.says('at the gate of pay');
    const heir = await scenario.worker({ tasks: 1 });
    slow.proxy?.set('hold');
    scenario.open('pay', slow);
    await until('it is on its way', () => (slow.proxy?.heldRecords ?? 0) > 0);
    await heir.says('at the gate of pay');
    slow.proxy?.set('pass');
    await until('the late one is back', async () => (await scenario.database.workersOf(slow.pid, 'alive')).length > 0);
    expect(slow.proxy?.lateRecords).toBeGreaterThan(0);
    for (const task of ['pay', 'book', 'ship']) for (const worker of [slow, heir]) scenario.open(task, worker);
    return slow;
  };

  it('is refused: its effect is rolled back', async () => {
    await arriveLate(undefined);
    await scenario.allOver();
    expect(broken(await judgeEffects(scenario.database))).toEqual({});
  }, 60_000);

  it('is found by the oracle to have committed, without the epoch predicate', async () => {
    const slow = await arriveLate('epoch');
    await slow.says('sabotaged epoch');
    // What two owners make of a run is anybody's guess: that the late one has committed is enough.
    await until('it has committed', () =>
      scenario.database.value('SELECT EXISTS (SELECT FROM effect WHERE pid = $1) AS value', [slow.pid]),
    );
    expect(Object.keys(broken(await judgeEffects(scenario.database)))).toContain('staleWrites');
  }, 60_000);
});
