import { Barrier } from './harness/barrier';
import { until } from './harness/campaign-database';
import { broken, judge } from './harness/oracle';
import { Scenario } from './harness/scenario';
import { terminateAll } from './harness/sessions';
import { GATED_NODES } from './scenario-workflow';

describe('a worker whose database makes trouble', () => {
  let scenario: Scenario;
  beforeEach(async () => (scenario = await Scenario.open()));
  afterEach(() => scenario.close());

  const judged = async (): Promise<unknown> => broken(judge(await scenario.database.evidence(GATED_NODES, 1)));

  it('stays, when all its idle connections are ended at once', async () => {
    const { database } = scenario;
    const worker = await scenario.worker({ lease: 10_000, poll: 1_500 });
    for (let round = 0; round < 2; round++) {
      const before = await database.value<string>('SELECT seen_at::text AS value FROM typeflow.worker');
      // Between two polls its pool may hold no connection at all.
      await until('it has a connection to end', async () => (await terminateAll(database)) > 0);
      await until('it polls again', async () => {
        if (!worker.isAlive) throw new Error(`the worker ended: ${await worker.ended}`);
        return (await database.value('SELECT seen_at::text AS value FROM typeflow.worker')) !== before;
      });
    }
    const { id } = await database.client.start(database.workflows.gated, 'main', '');
    await scenario.called('work', worker);
    scenario.open('work', worker);
    await scenario.allOver();
    database.started.set(id, worker.pid);
    expect(await judged()).toEqual({});
    expect((await database.workersOf(worker.pid)).length).toBe(1);
  }, 120_000);

  it('writes again what it was writing when its connection was ended', async () => {
    const { database } = scenario;
    const barrier = await Barrier.inRecordsOf('work', database.url);
    try {
      const worker = await scenario.worker({ lease: 20_000 });
      const { id } = await database.client.start(database.workflows.gated, 'main', '');
      await scenario.called('work', worker);
      scenario.open('work', worker);
      for (let round = 0; round < 3; round++) {
        await barrier.isReached();
        expect(await barrier.terminateWaiting()).toBe(1);
        await until('it is gone', async () => (await barrier.waiting()) === 0 || round < 2);
      }
      await barrier.lift();
      await scenario.allOver();
      expect(await scenario.epoch()).toBe(1);
      expect((await scenario.calls()).map(({ task }) => task)).toEqual(['work', 'main']);
      database.started.set(id, worker.pid);
      expect(await judged()).toEqual({});
    } finally {
      await barrier.close();
    }
  }, 120_000);

  // Serialization failure, deadlock, lock timeout; the last one more often than is tried in a row.
  it.each([
    ['40001', 3, 1],
    ['40P01', 3, 1],
    ['55P03', 3, 1],
    ['40001', 9, 2],
  ])(
    'that rolls a record back by %s, %i times, leaves no run behind',
    async (code, times, calls) => {
      const { database } = scenario;
      await failRecords(scenario, code, times);
      const worker = await scenario.worker({ lease: 20_000 });
      const { id } = await database.client.start(database.workflows.gated, 'main', '');
      scenario.open('work', worker);
      await scenario.allOver();
      expect(await database.value(`SELECT last_value::int AS value FROM failures`)).toBe(times + 1);
      // When it gives up it gives the run back, and says why.
      expect((await scenario.calls()).filter(({ task }) => task === 'work')).toHaveLength(calls);
      const gaveUp = worker.lines.filter((line) => line.startsWith('error the run could not be recorded'));
      expect(gaveUp.map((line) => line.includes(code))).toEqual(calls === 1 ? [] : [true]);
      database.started.set(id, worker.pid);
      expect(await judged()).toEqual({});
    },
    120_000,
  );
});

/** The first records of `work` are rolled back. A sequence counts them, because it is not. */
async function failRecords({ database }: Scenario, code: string, times: number): Promise<void> {
  await database.query('CREATE SEQUENCE failures');
  await database.query(`
CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF nextval('failures') <= ${times} THEN
    RAISE EXCEPTION 'made by the test' USING ERRCODE = '${code}';
  END IF;
  RETURN NEW;
END $$`);
  await database.query(`
CREATE TRIGGER fail BEFORE INSERT ON typeflow.node FOR EACH ROW WHEN (NEW.node = 'work' AND NEW.status = 'COMPLETED')
EXECUTE FUNCTION fail()`);
}
