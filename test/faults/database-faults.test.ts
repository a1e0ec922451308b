import { until } from './harness/campaign-database';
import { broken, judge } from './harness/oracle';
import { Scenario } from './harness/scenario';
import { terminate } from './harness/sessions';
import { GATED_NODES } from './scenario-workflow';

describe('a worker whose database makes trouble', () => {
  let scenario: Scenario;
  beforeEach(async () => (scenario = await Scenario.open()));
  afterEach(() => scenario.close());

  it('stays, when all its idle connections are ended at once', async () => {
    const { database } = scenario;
    const worker = await scenario.worker({ lease: 10_000, poll: 1_500 });
    for (let round = 0; round < 2; round++) {
      const before = await database.value<string>('SELECT seen_at::text AS value FROM typeflow.worker');
      expect(await terminate(database)).toBeGreaterThan(0);
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
    expect(broken(judge(await database.evidence(GATED_NODES, 1)))).toEqual({});
    expect((await database.workersOf(worker.pid)).length).toBe(1);
  }, 60_000);
});
