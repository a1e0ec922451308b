import { ConfigurationError, WorkflowNotRegisteredError, defineWorkflow } from '../../../src';
import type { TaskContext } from '../../../src';
import { codeToken, readCodeToken } from '../../../src/runner/change/code-token';
import { compatibility } from '../../../src/runner/change/compatibility';
import { DefinitionRegistry } from '../../../src/runner/definition-registry';
import type { ClaimedRun } from '../../../src/store/worker-lease';
import { Fleet } from '../fleet-fixture';
import type { AnyWorkflow } from '../fleet-fixture';

const code = (version?: string, task = 'a') =>
  defineWorkflow('w', version === undefined ? {} : { version })
    .task(task, { queue: 'gpu' }, async () => version ?? 'none')
    .flow('main', { dependsOn: [task] }, async (text: unknown, _ctx: TaskContext<number>) => text)
    .build() as AnyWorkflow;

const [plain, one, two, other] = [code(), code('1'), code('2'), code('2', 'b')];
const fingerprint = plain.graph.flows.get('main')?.fingerprint ?? '';

/** A run that has not begun, of the graph that most versions have. */
function aRun(version: string | undefined, overrides: Partial<ClaimedRun> = {}): ClaimedRun {
  return {
    id: 'r',
    workflow: 'w',
    version,
    flow: 'main',
    fingerprint,
    queue: 'default',
    priority: 0,
    tags: [],
    input: '1',
    epoch: 1,
    inbox: 0,
    generation: 1,
    crashes: 0,
    createdAt: 0,
    isCancelRequested: false,
    nodes: [],
    ...overrides,
  };
}

const usedBy = (workflows: readonly AnyWorkflow[], run: ClaimedRun): unknown => {
  const found = compatibility(new DefinitionRegistry(workflows), run);
  return found.kind === 'compatible' ? (found.definition.graph.version ?? 'none') : found.why;
};

describe('which code executes a run', () => {
  it.each<[string, AnyWorkflow[], string | undefined, unknown]>([
    ['of its version, whatever comes first', [two, one], '1', '1'],
    ['of its version before code without one', [plain, one], '1', '1'],
    ['without a version, where its own is not there', [two, plain], '1', 'none'],
    ['without a version, for a run without one', [two, plain], undefined, 'none'],
    ['of any version that fits, for a run without one', [other, one], undefined, '2'],
    [
      'of none, where only other versions are there',
      [two],
      '1',
      { code: 'other-version', version: '1', versions: ['2'] },
    ],
  ])('code %s', (_, workflows, version, expected) => {
    expect(usedBy(workflows, aRun(version))).toEqual(expected);
  });

  it('of a run that has begun is that which fits its records', () => {
    const shape = plain.graph.flows.get('main')?.byName.get('a')?.shape ?? '';
    const nodes = [
      {
        node: 'a',
        index: -1,
        kind: 'task',
        shape,
        status: 'COMPLETED',
        generation: 1,
        epoch: 1,
        attempt: 1,
        attempts: [],
        seq: 1,
      },
    ] as const;
    expect(usedBy([other, one], aRun(undefined, { nodes, fingerprint: 'older' }))).toBe('1');
    expect(usedBy([other], aRun(undefined, { nodes }))).toEqual({ code: 'gone', node: 'a', isFinal: true });
    expect(usedBy([other], aRun('2', { flow: 'gone' }))).toEqual({ code: 'no-flow', flow: 'gone' });
  });
});

describe('what a run remembers of code that refused it', () => {
  it('is the fingerprint, or all versions that a worker has', () => {
    expect(codeToken([{ version: undefined, fingerprint: 'f' }])).toBe('f');
    const token = codeToken([
      { version: '2', fingerprint: 'f2' },
      { version: undefined, fingerprint: undefined },
    ]);
    expect(readCodeToken(token)).toEqual([
      { version: undefined, fingerprint: undefined },
      { version: '2', fingerprint: 'f2' },
    ]);
    expect(readCodeToken('f')).toEqual([{ version: undefined, fingerprint: 'f' }]);
    expect(readCodeToken('workflow:f')).toEqual([]);
  });

  it('does not keep another worker away that has one of these versions, and another one', () => {
    const refused = compatibility(new DefinitionRegistry([two]), aRun('1'));
    const token = refused.kind === 'incompatible' ? refused.refusal : '';
    expect(new DefinitionRegistry([two]).claimable.fingerprints).toContain(token);
    expect(new DefinitionRegistry([one, two]).claimable.fingerprints).not.toContain(token);
    expect(new DefinitionRegistry([one]).claimable.fingerprints).not.toContain(token);
  });

  it('is one of what its worker asks claims with, also for a flow that is gone', () => {
    for (const workflows of [[two], [two, other.graph.version === '2' ? one : other], [plain]]) {
      const registry = new DefinitionRegistry(workflows);
      const refused = compatibility(registry, aRun('9', { flow: 'gone' }));
      expect(registry.claimable.fingerprints).toContain(refused.kind === 'incompatible' ? refused.refusal : '');
    }
  });
});

describe('a registry of versions', () => {
  it('refuses two of one version, and finds each by its own', () => {
    expect(() => new DefinitionRegistry([two, other])).toThrow(ConfigurationError);
    expect(() => new DefinitionRegistry([plain, code()])).toThrow(
      'two of the workflows are named "w" and have no version',
    );
    for (const [workflows, got] of [
      [undefined, 'undefined'],
      [one, 'object'],
      [class Shop {}, 'function'],
    ]) {
      expect(() => new DefinitionRegistry(workflows as never)).toThrow(
        new ConfigurationError(
          `workflows must be an array of classes with @Workflow, or of what defineWorkflow(…).build() returns, got ${String(got)}`,
        ),
      );
    }
    const registry = new DefinitionRegistry([one, two, two]);
    expect([registry.require(one), registry.require(two)]).toEqual([one, two]);
    expect(registry.claimable.workflows).toEqual(['w']);
    expect(() => registry.require(plain)).toThrow(WorkflowNotRegisteredError);
    expect(() => registry.requireCode(aRun('3'))).toThrow(
      'workflow "w" of version "3" is not registered with this runner, which knows its versions "1", "2"',
    );
  });
});

describe('a task with a queue of its own', () => {
  it('is called by code of the version of its run', async () => {
    const fleet = new Fleet();
    try {
      await fleet.worker([one, two], ['default']);
      await fleet.worker([two, one], ['gpu']);
      const start = async (workflow: AnyWorkflow): Promise<unknown> => {
        const id = await fleet.start(workflow, 1);
        return fleet.output(id);
      };
      expect([await start(one), await start(two)]).toEqual(['1', '2']);
    } finally {
      await fleet.close();
    }
  });
});
