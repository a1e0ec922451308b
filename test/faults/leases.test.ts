import { pause, until } from './harness/campaign-database';
import { broken, judge } from './harness/oracle';
import { Scenario } from './harness/scenario';
import { GATED_NODES } from './scenario-workflow';

describe('the lease of a worker', () => {
  let scenario: Scenario;
  beforeEach(async () => (scenario = await Scenario.open()));
  afterEach(() => scenario.close());

  const judged = async (): Promise<unknown> => broken(judge(await scenario.database.evidence(GATED_NODES, 1)));

  const leaseOf = (id: string): Promise<unknown> =>
    scenario.database.query('SELECT dead, lease_until FROM typeflow.worker WHERE id = $1', [id]);

  it('that ended while its process was frozen is not renewed when it wakes: it aborts, drops its value and is somebody new', async () => {
    const { database } = scenario;
    const frozen = await scenario.worker();
    const run = await database.client.start(database.workflows.gated, 'main', '');
    await scenario.called('work', frozen);
    const [id = ''] = await database.workersOf(frozen.pid);
    frozen.freeze();
    const heir = await scenario.worker();
    expect((await scenario.called('work', heir)).epoch).toBe(3);
    const ended = await leaseOf(id);

    frozen.thaw();
    await frozen.says('aborted lease-lost');
    await until('it is back', async () => (await database.workersOf(frozen.pid, 'alive')).length > 0);
    // The call that it was told to end returns a value all the same.
    scenario.open('work', frozen);
    scenario.open('work', heir);
    await scenario.allOver();
    expect(await leaseOf(id)).toEqual(ended);
    expect(ended).toEqual([expect.objectContaining({ dead: true })]);
    expect(await database.workersOf(frozen.pid)).toEqual([id, expect.not.stringContaining(id) as string]);
    database.started.set(run.id, heir.pid);
    expect(await judged()).toEqual({});
  }, 120_000);

  it('outlasts a network that resets every connection for a while: the task goes on', async () => {
    const { database } = scenario;
    const worker = await scenario.worker({ lease: 20_000 }, { isProxied: true });
    const run = await database.client.start(database.workflows.gated, 'main', '');
    await scenario.called('work', worker);
    const proxy = worker.proxy!;
    await until('connections are reset again and again', async () => {
      proxy.reset();
      await pause(20);
      return proxy.resets >= 5;
    });
    scenario.open('work', worker);
    await scenario.allOver();
    expect(worker.lines.filter((line) => line.startsWith('aborted'))).toEqual([]);
    expect(await scenario.epoch()).toBe(1);
    database.started.set(run.id, worker.pid);
    expect(await judged()).toEqual({});
  }, 120_000);
});
