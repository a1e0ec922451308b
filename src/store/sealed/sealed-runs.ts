import type { Children } from '../children';
import type { CreateRunParams, StartConflict } from '../create-run';
import type { HeldRuns } from '../held-runs';
import type { Reuses } from '../reuse';
import { inputHashOf, inputOf } from './contexts';
import type { PayloadSeal } from './payload-seal';

type NewRun = Pick<CreateRunParams, 'workflow' | 'input' | 'inputHash'>;

/** A run's input is sealed, and so is its hash: of an input that can be guessed it would tell which it is. */
export function sealInput<Run extends NewRun>(seal: PayloadSeal, run: Run): Run {
  return { ...run, input: seal.value(run.input, inputOf(run.workflow)), inputHash: sealHash(seal, run) };
}

function sealHash(seal: PayloadSeal, { workflow, inputHash }: Pick<NewRun, 'workflow' | 'inputHash'>): string {
  return seal.text(inputHash, inputHashOf(workflow));
}

/** The same hash is sealed differently each time, so a store calls every second start a conflict: those with an equal input are none. */
export function isEqualInput(
  seal: PayloadSeal,
  { workflow, inputHash }: Pick<NewRun, 'workflow' | 'inputHash'>,
  conflict: StartConflict,
): conflict is Extract<StartConflict, { readonly differs: 'input' }> {
  if (conflict.differs !== 'input') return false;
  return seal.opening().text(conflict.inputHash, inputHashOf(workflow)) === inputHash;
}

export function sealHeldRuns(inner: HeldRuns, seal: PayloadSeal): HeldRuns {
  return {
    hold: async (params) => {
      const held = await inner.hold(sealInput(seal, params));
      return held.kind === 'conflict' && isEqualInput(seal, params, held) ? { kind: 'exists', id: held.id } : held;
    },
    release: async (params) => inner.release(sealInput(seal, params)),
  };
}

export function sealReuses(inner: Reuses, seal: PayloadSeal): Reuses {
  return {
    outline: async (params) => {
      const runs = await inner.outline(params);
      return runs.map((run) => ({
        ...run,
        inputHash: seal.opening().text(run.inputHash, inputHashOf(run.workflow)),
      }));
    },
    create: async (params) => {
      const { input, workflow } = params;
      const reused = await inner.create({
        ...params,
        input: input === undefined ? undefined : seal.value(input, inputOf(workflow)),
        inputHash: sealHash(seal, params),
      });
      if (reused.kind !== 'conflict' || !isEqualInput(seal, params, reused)) return reused;
      return { kind: 'exists', id: reused.id, status: reused.status };
    },
  };
}

export function sealChildren(inner: Children, seal: PayloadSeal): Children {
  return { start: async (params) => inner.start({ ...params, run: sealInput(seal, params.run) }) };
}
