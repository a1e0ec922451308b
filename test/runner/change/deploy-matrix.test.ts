import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decode } from '../../../src/core/codec/decode';
import { defineWorkflow, optional } from '../../../src';
import type { Dependency, TaskContext } from '../../../src';
import { keepGraphs } from '../../../src/runner/change/stored-outlines';
import { DefinitionRegistry } from '../../../src/runner/definition-registry';
import { explain } from '../../../src/runner/explain/explain';
import type { Worker } from '../../../src/runner/worker';
import { untilAborted } from '../../engine/engine-fixture';
import { Fleet, nodeOf } from '../fleet-fixture';
import type { AnyWorkflow } from '../fleet-fixture';

/** One run, which stops at `place` with the old code, and whatever is called after that. */
class Scene {
  readonly fleet = new Fleet();
  readonly calls: string[] = [];
  /** The task that does not end while the old code is there; of `fails` the first call fails. */
  holds: string | undefined;
  fails: string | undefined;
  /** The task that returns a wait. */
  waits: string | undefined;

  /** The function of a task, whatever its edges are. */
  fn(name: string) {
    return async (...args: unknown[]): Promise<unknown> => {
      const ctx = args.at(-1) as TaskContext<void>;
      this.calls.push(name);
      if (this.holds === name) await untilAborted(ctx.signal);
      if (this.fails === name && ctx.attempt === 1) throw new Error('busy');
      return this.waits === name ? ctx.waitFor('go') : name;
    };
  }
}

interface Version {
  readonly name?: string;
  readonly edges?: readonly Dependency[];
  readonly retries?: number;
}

const RETRIES = { backoff: 'constant', initialDelay: '20s', jitter: false } as const;

/** `first` → `node` → `last` → `main`, and what a change makes of `node`; with `extra` a task beside it, or without it. */
function build(
  scene: Scene,
  { name = 'node', edges = ['first'], retries = 1 }: Version = {},
  tasks: 'with extra' | 'without node' | 'all' = 'all',
): AnyWorkflow {
  const builder = defineWorkflow('matrix');
  const add = (task: string, dependsOn: readonly Dependency[], max = 0): void =>
    void builder.task(task, { dependsOn, timeout: false, retries: { max, ...RETRIES } }, scene.fn(task));
  add('first', []);
  if (tasks === 'with extra') add('extra', ['first']);
  if (tasks !== 'without node') add(name, edges, retries);
  add('last', [tasks === 'without node' ? 'first' : name]);
  const needed: readonly Dependency[] = tasks === 'with extra' ? ['last', 'extra'] : ['last'];
  builder.flow('main' as string, { dependsOn: needed }, scene.fn('main'));
  return builder.build() as AnyWorkflow;
}

/** What becomes of the code, and how the sentence tells of it. */
const CHANGES: Record<string, { readonly code: (scene: Scene) => AnyWorkflow; readonly said?: string }> = {
  'a task is added beside it': { code: (scene) => build(scene, {}, 'with extra') },
  'it is removed': { code: (scene) => build(scene, {}, 'without node'), said: 'task "node" is gone' },
  'it is renamed': {
    code: (scene) => build(scene, { name: 'renamed' }),
    said: 'task "node" is gone; by its edges it may be "renamed" now',
  },
  'an edge is added to it': {
    code: (scene) => build(scene, { edges: ['first', 'extra'] }, 'with extra'),
    said: 'task "node" now also needs "extra"',
  },
  'the rule of an edge changes': {
    code: (scene) => build(scene, { edges: [optional('first')] }),
    said: `task "node" now needs optional('first') where it needed 'first'`,
  },
  'its retries change': { code: (scene) => build(scene, { retries: 5 }) },
};

/** How a run is brought to a place while the old code executes it. */
const PLACES: Record<string, (scene: Scene, id: () => Promise<string>) => Promise<string>> = {
  'not begun': (scene, start) => heldIn(scene, 'first', start),
  'called, not recorded': (scene, start) => heldIn(scene, 'node', start),
  RUNNING: async (scene, start) => {
    const id = await heldIn(scene, 'node', start);
    await scene.fleet.until('a record of the call', async () => statusOf(await scene.fleet.run(id)) === 'RUNNING');
    return id;
  },
  'backing off': async (scene, start) => {
    scene.fails = 'node';
    const id = await start();
    await scene.fleet.until('the backoff', async () => statusOf(await scene.fleet.run(id)) === 'WAITING');
    return id;
  },
  'waiting for a signal': async (scene, start) => {
    scene.waits = 'node';
    const id = await start();
    await scene.fleet.until('the wait', async () => (await scene.fleet.run(id)).status === 'WAITING');
    return id;
  },
  over: (scene, start) => heldIn(scene, 'last', start),
};

async function heldIn(scene: Scene, task: string, start: () => Promise<string>): Promise<string> {
  scene.holds = task;
  const id = await start();
  await scene.fleet.until(`a call of ${task}`, () => scene.calls.includes(task));
  return id;
}

const statusOf = (run: Awaited<ReturnType<Fleet['run']>>): string | undefined =>
  run.nodes.find(({ node }) => node === 'node')?.status;

/** The rows of the table in ARCHITECTURE.md. */
function readTable(): readonly { readonly change: string; readonly place: string; readonly outcome: string }[] {
  const text = readFileSync(join(__dirname, '../../../ARCHITECTURE.md'), 'utf8');
  const [head = '', , ...rows] = text.slice(text.indexOf('| the change |')).split('\n\n')[0]?.split('\n') ?? [];
  const cells = (line: string): string[] =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
  const places = cells(head).slice(1);
  return rows.flatMap((row) => {
    const [change = '', ...outcomes] = cells(row);
    return outcomes.map((outcome, i) => ({ change, place: places[i] ?? '', outcome }));
  });
}

describe('a deployment, by the table in ARCHITECTURE.md', () => {
  const table = readTable();
  let scene: Scene;

  beforeEach(() => {
    scene = new Scene();
  });

  afterEach(async () => {
    await scene.fleet.close();
  });

  const deploy = async (code: AnyWorkflow): Promise<Worker> => {
    await keepGraphs({
      store: scene.fleet.store,
      logger: scene.fleet.logger,
      registry: new DefinitionRegistry([code]),
    });
    return scene.fleet.worker([code], ['default']);
  };
  const stop = async (worker: Worker): Promise<void> => {
    const closed = worker.close();
    await scene.fleet.clock.advance(11_000);
    await closed;
  };

  it('has a cell for each change and place', () => {
    expect(table.map(({ change, place }) => `${change}: ${place}`)).toEqual(
      Object.keys(CHANGES).flatMap((change) => Object.keys(PLACES).map((place) => `${change}: ${place}`)),
    );
  });

  it.each(table)('$change while a run is $place: it $outcome', async ({ change, place, outcome }) => {
    const { code, said } = CHANGES[change] as (typeof CHANGES)[string];
    const old = build(scene);
    const before = await deploy(old);
    const id = await (PLACES[place] as (typeof PLACES)[string])(scene, () => scene.fleet.start(old, undefined));
    await stop(before);
    scene.holds = undefined;
    const beforeCalls = scene.calls.splice(0);

    const changed = code(scene);
    const after = await deploy(changed);
    // Nobody looks at a parked run before something wakes it.
    if (place === 'waiting for a signal') {
      await scene.fleet.store.signals.send({ runId: id, id: 's', name: 'go', payload: '"node"' });
    }
    if (outcome === 'waits') {
      await scene.fleet.until('a refusal', async () => (await scene.fleet.run(id)).refused.length > 0);
      const registry = new DefinitionRegistry([changed]);
      const { run } = await explain({ store: scene.fleet.store, registry, queueLimits: new Map() }, id, undefined);
      expect(run).toMatchObject({ status: 'WAITING', reason: { code: 'code-changed', because: [{ node: 'node' }] } });
      expect(run.sentence).toContain(said);
      expect(scene.calls).toEqual([]);
      await stop(after);
      await deploy(old);
    }
    const { status, output } = await scene.fleet.ended(id);
    expect([status, output === undefined ? undefined : decode(output)]).toEqual(['COMPLETED', 'main']);
    expectCallsOf(outcome === 'waits' ? old : changed, beforeCalls, place !== 'waiting for a signal');
    if (place === 'backing off') expect(nodeOf(await scene.fleet.run(id), 'first').status).toBe('COMPLETED');
  });

  /** What was over, or waits, is not called again, and everything else of the code that went on is. */
  function expectCallsOf(used: AnyWorkflow, before: readonly string[], isCutOff: boolean): void {
    const cutOff = isCutOff ? before.at(-1) : undefined;
    const done = new Set(isCutOff ? before.slice(0, -1) : before);
    const expected = [...used.graph.nodes.keys()].filter((name) => !done.has(name) || name === cutOff);
    expect([...scene.calls].sort()).toEqual(expected.sort());
  }
});
