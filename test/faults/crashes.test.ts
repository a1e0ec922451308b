import { until } from './harness/campaign-database';
import { broken, judge } from './harness/oracle';
import { Scenario } from './harness/scenario';
import { terminateAll } from './harness/sessions';
import { CARELESS_NODES, GATED_NODES } from './scenario-workflow';

/** A worker whose record is held back must not lose its lease first on a machine that is slow: it would record nothing then. */
const LONG_LEASE = 60_000;

describe('a worker that dies', () => {
  let scenario: Scenario;
  beforeEach(async () => (scenario = await Scenario.open()));
  afterEach(() => scenario.close());

  const judged = async (nodes = GATED_NODES): Promise<unknown> =>
    broken(judge(await scenario.database.evidence(nodes, 1)));

  it('between a task’s end and the commit of its result: it runs again, under the same key', async () => {
    const { database } = scenario;
    const dying = await scenario.worker({ reportAfter: 50, lease: LONG_LEASE }, { isProxied: true });
    const run = await database.client.start(database.workflows.gated, 'main', '');
    const first = await scenario.called('work', dying);
    // It is known to have started, so that the next call is known to be the second.
    await until('the call is reported', () =>
      database.value(`SELECT EXISTS (SELECT FROM typeflow.node WHERE status = 'RUNNING') AS value`),
    );
    // The record then needs a new connection, whichever statement is held first.
    await terminateAll(database);
    dying.proxy?.set('hold');
    scenario.open('work', dying);
    await until('the result is on its way', () => (dying.proxy?.heldRecords ?? 0) > 0);
    await scenario.kill(dying);

    const heir = await scenario.worker();
    const second = await scenario.called('work', heir);
    expect([first, second].map(({ attempt, epoch }) => [attempt, epoch])).toEqual([
      [1, 1],
      [2, 3],
    ]);
    expect([first.key, second.key]).toEqual([`${run.id}:work`, `${run.id}:work`]);
    scenario.open('work', heir);
    await scenario.allOver();
    database.started.set(run.id, heir.pid);
    expect(await judged()).toEqual({});
  }, 120_000);

  it('right after the commit of a result, before it hears of it: what depends on it goes on, and it does not run again', async () => {
    const { database } = scenario;
    const dying = await scenario.worker({ lease: LONG_LEASE }, { isProxied: true });
    const run = await database.client.start(database.workflows.gated, 'main', '');
    await scenario.called('work', dying);
    const isCut = dying.proxy?.cutAfterCommit('record', 'hold');
    scenario.open('work', dying);
    await isCut;
    await scenario.kill(dying);

    const heir = await scenario.worker();
    await scenario.allOver();
    expect((await scenario.calls()).map(({ task, pid }) => [task, pid])).toEqual([
      ['work', dying.pid],
      ['main', heir.pid],
    ]);
    database.started.set(run.id, dying.pid);
    expect(await judged()).toEqual({});
  }, 120_000);

  it('right after a run has ended: its recovery leaves the run as it is', async () => {
    const { database } = scenario;
    const dying = await scenario.worker({ lease: LONG_LEASE }, { isProxied: true });
    const run = await database.client.start(database.workflows.gated, 'main', '');
    await scenario.called('work', dying);
    scenario.open('work', dying);
    await scenario.called('main', dying);
    await scenario.allOver();
    await scenario.kill(dying);
    const row = () => database.query('SELECT * FROM typeflow.run');
    const before = await row();
    await scenario.worker();
    await scenario.declaredDead(dying);
    expect(await row()).toEqual(before);
    database.started.set(run.id, dying.pid);
    expect(await judged()).toEqual({});
  }, 120_000);

  it('together with all others: one that starts later finishes everything, and nobody has to help', async () => {
    const { database } = scenario;
    const all = await Promise.all(Array.from({ length: 4 }, () => scenario.worker({ runs: 3 })));
    const runs = await Promise.all(
      Array.from({ length: 8 }, () => database.client.start(database.workflows.gated, 'main', '')),
    );
    await until('every run has begun', async () => (await scenario.calls()).length === runs.length);
    await Promise.all(all.map((worker) => worker.kill()));
    const later = await scenario.worker();
    scenario.open('work', later);
    await scenario.allOver();
    for (const { id } of runs) database.started.set(id, later.pid);
    expect(await judged()).toEqual({});
    expect((await scenario.calls(later)).length).toBe(2 * runs.length);
  }, 120_000);

  it('of an error that user code let out: Node ends it, it can say of which task, and the run goes on elsewhere', async () => {
    const { database } = scenario;
    const dying = await scenario.worker();
    scenario.open('throw', dying);
    const run = await database.client.start(database.workflows.careless, 'main', '');
    expect(await dying.ended).toBe(1);
    expect(dying.stderr).toContain('nobody catches this');
    expect(dying.lines).toContain('died in throw');
    const heir = await scenario.worker();
    await scenario.allOver();
    database.started.set(run.id, heir.pid);
    expect(await judged(CARELESS_NODES)).toEqual({});
  }, 120_000);
});
