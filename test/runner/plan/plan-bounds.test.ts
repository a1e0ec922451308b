import fc from 'fast-check';
import type { NodeOptions } from '../../../src/graph/node-options';
import { WHOLE } from '../../../src/planner/events';
import type { FlowPlan } from '../../../src/runner/plan/flow-plan';
import { planFlow } from '../../../src/runner/plan/plan-flow';
import { randomPlan } from '../../planner/random-plan';
import type { Plan } from '../../planner/scripted-run';
import { play } from './timed-run';

/** Gives the nodes of a plan timeouts and retries, different from one to the next. */
function withLimits({ flow }: Plan, hasTotals: boolean): void {
  for (const { position, options } of [...flow.nodes, ...flow.compensations.values()]) {
    const limits: Partial<NodeOptions> = {
      timeoutMs: 100 + 37 * position,
      totalTimeoutMs: hasTotals && position % 3 === 1 ? 250 + 60 * position : false,
      retries: {
        ...options.retries,
        backoff: (['constant', 'linear', 'exponential'] as const)[position % 3] ?? 'constant',
        initialDelayMs: 10 * (position % 4),
        maxDelayMs: 50,
        jitter: position % 2 === 0,
      },
    };
    Object.assign(options, limits);
  }
}

/** As many elements as the script will give. */
function planned({ flow, script }: Plan): FlowPlan {
  const elements = flow.nodes.flatMap((node): [string, number][] => {
    const over = node.edges[node.eachEdge]?.upstream;
    return over === undefined ? [] : [[node.name, script(over, WHOLE).elements]];
  });
  return planFlow(flow, { elements: Object.fromEntries(elements) });
}

describe('what a plan says of the worst case', () => {
  it('is never passed: neither by time nor by calls, of any node or of the whole', () => {
    fc.assert(
      fc.property(randomPlan, fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), (plan, paces) => {
        withLimits(plan, true);
        const bounds = planned(plan);
        const played = play(plan, () => paces.next().value as number);
        const { worstCase, worstCaseWithCompensations } = bounds;
        expect(played.durationMs).toBeLessThanOrEqual(
          (played.isUndone ? worstCaseWithCompensations : worstCase).durationMs,
        );
        for (const node of plan.flow.nodes) {
          const { endsAfterMs = -1, calls = -1 } = bounds.nodes.find(({ task }) => task === node.name) ?? {};
          expect(played.endedAt.get(node) ?? 0).toBeLessThanOrEqual(endsAfterMs);
          expect(played.calls.get(node) ?? 0).toBeLessThanOrEqual(calls);
        }
        for (const undo of plan.flow.compensations.values()) {
          const most = bounds.compensations.find(({ task }) => task === undo.name)?.calls ?? -1;
          expect(played.calls.get(undo) ?? 0).toBeLessThanOrEqual(most);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('comes true: a run whose calls all take their time and succeed at the last attempt takes exactly so long', () => {
    let exact = 0;
    fc.assert(
      fc.property(randomPlan, (drawn) => {
        withLimits(drawn, false);
        const plan: Plan = {
          flow: drawn.flow,
          script: (of, index) => ({ ...drawn.script(of, index), end: 'completed', failures: of.options.retries.max }),
        };
        const played = play(plan, () => 1);
        // With a `failed` edge not every node can complete.
        if (!played.isAllCompleted) return;
        exact += 1;
        const { worstCase } = planned(plan);
        expect(played.durationMs).toBe(worstCase.durationMs);
        expect([...played.calls.values()].reduce((sum, n) => sum + n, 0)).toBe(worstCase.calls);
      }),
      { numRuns: 1_000 },
    );
    expect(exact).toBeGreaterThan(100);
  });

  it('comes true with compensations: when the flow fails at its last attempt, and all tasks before it had completed', () => {
    let exact = 0;
    fc.assert(
      fc.property(randomPlan, (drawn) => {
        withLimits(drawn, false);
        const { flow } = drawn;
        const plan: Plan = {
          flow,
          script: (of, index) => ({
            ...drawn.script(of, index),
            end: of === flow.flow ? 'failed' : 'completed',
            failures: of.options.retries.max,
          }),
        };
        const played = play(plan, () => 1);
        const hasHandler = flow.nodes.some(({ handler }) => handler);
        // With a `failed` edge of its own the flow is skipped before anything fails.
        if (flow.compensations.size === 0 || hasHandler || !played.calls.has(flow.flow)) return;
        exact += 1;
        expect(played.durationMs).toBe(planned(plan).worstCaseWithCompensations.durationMs);
      }),
      { numRuns: 1_000 },
    );
    expect(exact).toBeGreaterThan(50);
  });
});
