import * as fc from 'fast-check';
import type { RestoredNode } from '../../src/planner/events';
import { expectedEnd } from './oracle';
import { randomPlan } from './random-plan';
import { nameOf } from './scenario';
import { ScriptedRun } from './scripted-run';
import type { Plan } from './scripted-run';

const picks = fc.array(fc.nat(1_000), { minLength: 80, maxLength: 80 });

/** Steps until the run is over. There are never more steps than calls and retries. */
function play(run: ScriptedRun, order: readonly number[], heeds = false): ScriptedRun {
  for (let i = 0; !run.isOver; i++) {
    if (i > 1_000) throw new Error('the run does not end');
    run.step(order[i % order.length] as number, heeds && i % 2 === 0);
  }
  return run;
}

function expectOutcome(run: ScriptedRun, plan: Plan): void {
  const expected = expectedEnd(plan);
  expect(run.outcome?.status).toBe(expected.runStatus);
  if (plan.flow.onFailure === 'stop') return;
  expect([...run.statuses()].sort()).toEqual([...expected.statuses].sort());
  if (run.outcome?.status !== 'FAILED') return;
  const { cause } = run.outcome;
  if (expected.cause === undefined) expect(cause.kind).toBe('flow-skipped');
  else expect(cause.kind === 'node' && nameOf(cause)).toBe(expected.cause);
  const failed = [...expected.statuses].filter(([name, status]) => status === 'FAILED' && isCall(plan, name));
  const errors = run.outcome.errors.map(nameOf);
  expect([...errors, ...(expected.cause === undefined ? [] : [expected.cause])].sort()).toEqual(
    failed.map(([name]) => name).sort(),
  );
}

function isCall({ flow }: Plan, name: string): boolean {
  return flow.byName.get(name)?.mapped !== true;
}

test('every run ends, by the rules, as the definition says: statuses in finish mode, the run in both', () => {
  fc.assert(
    fc.property(randomPlan, picks, (plan, order) => {
      expectOutcome(play(new ScriptedRun(plan).begin(), order), plan);
    }),
    { numRuns: 1_500 },
  );
});

test("with onFailure: 'finish' the order of completions changes no status", () => {
  fc.assert(
    fc.property(randomPlan, picks, picks, (plan, one, other) => {
      fc.pre(plan.flow.onFailure === 'finish');
      const first = play(new ScriptedRun(plan).begin(), one);
      const second = play(new ScriptedRun(plan).begin(), other);
      expect([...second.statuses()].sort()).toEqual([...first.statuses()].sort());
      expect(second.outcome?.errors.map(nameOf)).toEqual(first.outcome?.errors.map(nameOf));
    }),
    { numRuns: 500 },
  );
});

test('a cancel at any point ends the run CANCELLED, and a finish that was refused for it too', () => {
  fc.assert(
    fc.property(randomPlan, picks, fc.nat(30), fc.boolean(), (plan, order, at, heeds) => {
      const run = new ScriptedRun(plan).begin();
      for (let i = 0; i < at && !run.isOver; i++) run.step(order[i] as number);
      run.cancel();
      expect(play(run, order, heeds).outcome?.status).toBe('CANCELLED');
    }),
    { numRuns: 800 },
  );
});

test('a deadline before the end fails the run, unless a cancel follows in time', () => {
  fc.assert(
    fc.property(randomPlan, picks, fc.nat(10), fc.boolean(), (plan, order, at, isCancelledToo) => {
      const run = new ScriptedRun(plan).begin();
      for (let i = 0; i < at && !run.isOver; i++) run.step(order[i] as number);
      // Compensations have no deadline.
      fc.pre(!run.isOver && run.state.undo === undefined);
      run.cancel('deadline');
      if (isCancelledToo) run.cancel();
      const { outcome } = play(run, order, true);
      if (isCancelledToo) expect(outcome?.status).toBe('CANCELLED');
      else expect(outcome).toMatchObject({ status: 'FAILED', cause: { kind: 'deadline' } });
    }),
    { numRuns: 500 },
  );
});

describe('resume', () => {
  test('a run cut at any record, any number of times, ends as one that was not', () => {
    const cuts = fc.array(fc.record({ steps: fc.nat(15), kept: fc.nat(1_000), seed: fc.nat(7) }), { maxLength: 4 });
    fc.assert(
      fc.property(randomPlan, picks, cuts, (plan, order, crashes) => {
        let run = new ScriptedRun(plan).begin();
        for (const crash of crashes) {
          for (let i = 0; i < crash.steps && !run.isOver; i++) run.step(order[i] as number);
          run = new ScriptedRun(plan).begin(stored(run, crash.kept, crash.seed));
        }
        expectOutcome(play(run, order), plan);
      }),
      { numRuns: 1_500 },
    );
  });

  test('with a cancel in between it ends CANCELLED', () => {
    fc.assert(
      fc.property(randomPlan, picks, fc.nat(15), fc.nat(1_000), (plan, order, at, kept) => {
        const run = new ScriptedRun(plan).begin();
        for (let i = 0; i < at && !run.isOver; i++) run.step(order[i] as number);
        const resumed = new ScriptedRun(plan).begin(stored(run, kept, kept), 'cancel');
        expect(play(resumed, order).outcome?.status).toBe('CANCELLED');
      }),
      { numRuns: 500 },
    );
  });
});

/**
 * What a store may hold after a crash: the first of the records, the latest of each node, and of the attempts that had
 * started by then some as RUNNING, as a long attempt is reported.
 */
function stored(run: ScriptedRun, kept: number, seed: number): RestoredNode[] {
  // What the run itself began with is durable whatever happens.
  const count = run.restored + (kept % (run.records.length - run.restored + 1));
  const latest = new Map<string, RestoredNode>();
  for (const record of run.records.slice(0, count)) latest.set(nameOf(record), record);
  run.started.forEach(({ ref, attempt, after }, i) => {
    const known = latest.get(nameOf(ref));
    const isLater = after <= count && attempt > (known?.attempt ?? 0);
    if (!isLater || (i + seed) % 3 === 0) return;
    const failures = known?.failures ?? 0;
    latest.set(nameOf(ref), { node: ref.node, index: ref.index, status: 'RUNNING', attempt, failures });
  });
  return [...latest.values()];
}
