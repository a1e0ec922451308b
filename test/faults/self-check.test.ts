import { Barrier } from './harness/barrier';
import { pause, until } from './harness/campaign-database';
import { broken, judge } from './harness/oracle';
import type { Verdict } from './harness/oracle';
import { Scenario } from './harness/scenario';
import { BLOCKING_NODES, GATED_NODES } from './scenario-workflow';
import type { Guard } from './workers/sabotage';

/** Everything that is broken, by name. */
type Judgement = (verdict: Verdict) => string[];
const judgement: Judgement = (verdict) => Object.keys(broken(verdict)).sort();

/**
 * Each guard of the engine, in a scenario in which it is the only one that holds. With the guard the oracle finds nothing; without it,
 * in the same scenario, it must.
 */
describe('the oracle of the fault campaigns', () => {
  let scenario: Scenario;
  beforeEach(async () => (scenario = await Scenario.open()));
  afterEach(() => scenario.close());

  it.each<[string, Guard | undefined, string[]]>([
    ['accepts', undefined, []],
    ['goes red without the epoch predicate, on', 'epoch', ['epochsShrunk', 'staleWrites']],
  ])(
    '%s a result that arrives after a takeover',
    async (_, sabotage, found) => {
      expect(judgement(await lateResult(scenario, sabotage))).toEqual(found);
    },
    120_000,
  );

  it.each<[string, Guard | undefined, string[]]>([
    ['accepts', undefined, []],
    ['goes red without the epoch predicate, on', 'epoch', ['staleWrites']],
  ])(
    '%s an end of the run that arrives after a takeover',
    async (_, sabotage, found) => {
      expect(judgement(await lateEnd(scenario, sabotage))).toEqual(found);
    },
    120_000,
  );

  it.each<[string, Guard | undefined, string[]]>([
    ['accepts', undefined, []],
    ['goes red without the row lock, on', 'row-lock', ['epochsShrunk', 'staleWrites']],
  ])(
    '%s a takeover while a result is being written',
    async (_, sabotage, found) => {
      expect(judgement(await takeoverAmidWrite(scenario, sabotage))).toEqual(found);
    },
    120_000,
  );

  it.each<[string, Guard | undefined, string[]]>([
    ['accepts', undefined, []],
    ['goes red without the lease check, on', 'lease', ['calledWrongly']],
  ])(
    '%s a blocked loop that goes on after its lease',
    async (_, sabotage, found) => {
      expect(judgement(await blockedLoop(scenario, sabotage))).toEqual(found);
    },
    120_000,
  );
});

/** A result is on its way while its worker loses the run: it reaches the database only when the new owner is at work. */
async function lateResult(scenario: Scenario, sabotage: Guard | undefined): Promise<Verdict> {
  const { database } = scenario;
  const stale = await scenario.worker({}, { isProxied: true, sabotage });
  const run = await database.client.start(database.workflows.gated, 'main', '');
  await scenario.called('work', stale);
  stale.proxy?.set('hold');
  scenario.open('work', stale);
  await until('the result is on its way', () => (stale.proxy?.heldRecords ?? 0) > 0);
  const heir = await scenario.worker();
  expect((await scenario.called('work', heir)).epoch).toBe(3);
  stale.proxy?.set('pass');
  // Its poll was held, too, and is answered after the record: whoever is declared dead comes back as somebody new.
  await until('the late one is back', async () => (await database.workersOf(stale.pid, 'alive')).length > 0);
  expect(stale.proxy?.lateRecords).toBeGreaterThan(0);
  if (sabotage !== undefined) await stale.says(`sabotaged ${sabotage}`);
  scenario.open('work', heir);
  await scenario.allOver();
  database.started.set(run.id, sabotage === undefined ? heir.pid : await outputOf(scenario));
  return judge(await database.evidence(GATED_NODES, 1));
}

/** The same with the end of a run, which is a change of the run's row and of no other. */
async function lateEnd(scenario: Scenario, sabotage: Guard | undefined): Promise<Verdict> {
  const { database } = scenario;
  const stale = await scenario.worker({}, { isProxied: true, sabotage });
  const run = await database.client.start(database.workflows.alone, 'main', '');
  await scenario.called('main', stale);
  stale.proxy?.set('hold');
  scenario.open('main', stale);
  await until('the end is on its way', () => (stale.proxy?.heldRecords ?? 0) > 0);
  const heir = await scenario.worker();
  expect((await scenario.called('main', heir)).epoch).toBe(3);
  stale.proxy?.set('pass');
  await until('the late one is back', async () => (await database.workersOf(stale.pid, 'alive')).length > 0);
  if (sabotage !== undefined) await stale.says(`sabotaged ${sabotage}`);
  scenario.open('main', heir);
  await scenario.allOver();
  database.started.set(run.id, sabotage === undefined ? heir.pid : await outputOf(scenario));
  return judge(await database.evidence([], 1));
}

/** A result is amid its statement, past the lock, when the lease of its worker ends. */
async function takeoverAmidWrite(scenario: Scenario, sabotage: Guard | undefined): Promise<Verdict> {
  const { database } = scenario;
  const barrier = await Barrier.inRecordsOf('work', database.url);
  try {
    const slow = await scenario.worker({}, { isProxied: true, sabotage });
    const run = await database.client.start(database.workflows.gated, 'main', '');
    await scenario.called('work', slow);
    scenario.open('work', slow);
    await barrier.isReached();
    slow.proxy?.set('hold');
    const heir = await scenario.worker();
    await scenario.declaredDead(slow);
    // With the lock, the run stays its writer's until the statement is over, however often the heir looks.
    if (sabotage === undefined) await pollsOf(scenario, 3);
    else expect((await scenario.called('work', heir)).epoch).toBe(3);
    expect(await scenario.epoch()).toBe(sabotage === undefined ? 1 : 3);
    await barrier.lift();
    await until('the statement is over', async () => (await completed(scenario, 'work')) > 0);
    slow.proxy?.set('pass');
    if (sabotage !== undefined) await slow.says(`sabotaged ${sabotage}`);
    scenario.open('work', heir);
    await scenario.allOver();
    database.started.set(run.id, sabotage === undefined ? slow.pid : await outputOf(scenario));
    return judge(await database.evidence(GATED_NODES, 1));
  } finally {
    await barrier.close();
  }
}

/** The loop stands still for longer than the lease, with a second task waiting for the slot of the first. */
async function blockedLoop(scenario: Scenario, sabotage: Guard | undefined): Promise<Verdict> {
  const { database } = scenario;
  const blocked = await scenario.worker({ tasks: 1 }, { sabotage });
  const run = await database.client.start(database.workflows.blocking, 'main', '');
  await blocked.says('blocked first');
  const heir = await scenario.worker({ tasks: 1 });
  await heir.says('blocked first');
  expect((await scenario.calls(heir)).map(({ task, epoch }) => [task, epoch])).toEqual([['first', 3]]);
  scenario.open('first', blocked);
  await blocked.says('warn the run belongs to another worker now');
  if (sabotage !== undefined) {
    await blocked.says(`sabotaged ${sabotage}`);
    await scenario.called('second', blocked);
  }
  scenario.open('first', heir);
  await scenario.allOver();
  database.started.set(run.id, heir.pid);
  return judge(await database.evidence(BLOCKING_NODES, 2));
}

/** Waits until the only live worker has polled so often. */
async function pollsOf({ database }: Scenario, count: number): Promise<void> {
  const seen = new Set<string>();
  while (seen.size <= count) {
    seen.add(await database.value('SELECT max(seen_at)::text AS value FROM typeflow.worker WHERE NOT dead'));
    await pause(10);
  }
}

function completed({ database }: Scenario, node: string): Promise<number> {
  return database.value(`SELECT count(*)::int AS value FROM audit WHERE node = $1 AND new_status = 'COMPLETED'`, [
    node,
  ]);
}

/** Without its guards the engine may give either answer; what is judged is how it came about. */
function outputOf({ database }: Scenario): Promise<unknown> {
  return database.value('SELECT output AS value FROM typeflow.run');
}
