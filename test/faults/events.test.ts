import type { FollowedEvent } from '../../src';
import { until } from './harness/campaign-database';
import { Scenario } from './harness/scenario';

describe('a run that is followed from another process', () => {
  let scenario: Scenario;
  beforeEach(async () => (scenario = await Scenario.open()));
  afterEach(() => scenario.close());

  it('is followed on when its worker is killed, and from any event behind which somebody goes on', async () => {
    const { database } = scenario;
    const dying = await scenario.worker({ reportAfter: 50 });
    const run = await database.client.start(database.workflows.gated, 'main', '');
    const events: FollowedEvent[] = [];
    const following = (async () => {
      for await (const event of run.events()) events.push(event);
    })();
    const told = (): string[] =>
      events.map((event) =>
        event.type === 'node' ? `${event.task} ${event.status}` : event.type === 'run' ? event.status : '',
      );
    await scenario.called('work', dying);
    await until('the call is told', () => told().includes('work RUNNING'));
    const before = events.at(-1)?.cursor ?? '';
    const seen = events.length;
    await scenario.kill(dying);
    const heir = await scenario.worker({ reportAfter: 50 });
    await scenario.called('work', heir);
    // By its number: a slow worker may tell of a call more than once.
    await until('the second call is told', () =>
      events.some((event) => event.type === 'node' && event.status === 'RUNNING' && event.attempt === 2),
    );
    scenario.open('work', heir);
    await following;
    expect(told().slice(-3).sort()).toEqual(['COMPLETED', 'main COMPLETED', 'work COMPLETED']);
    expect(told().at(-1)).toBe('COMPLETED');
    const second = events.findLast((event) => event.type === 'node' && event.status === 'RUNNING');
    expect(second).toMatchObject({ task: 'work', attempt: 2 });
    // Numbers only grow, whoever wrote.
    const numbers = events.map(({ cursor }) => Number(cursor.split('-')[0]));
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    const rest: FollowedEvent[] = [];
    for await (const event of database.client.events(run.id, { after: before })) rest.push(event);
    const last = (all: readonly FollowedEvent[]): unknown[] =>
      all.filter(
        (event) =>
          (event.type === 'node' && event.status === 'COMPLETED') ||
          (event.type === 'run' && event.status === 'COMPLETED'),
      );
    expect(last(rest)).toEqual(last(events.slice(seen)));
  }, 120_000);
});
