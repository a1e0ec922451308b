import type { RunStatus } from '../../core/statuses';
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

/**
 * The same hash is sealed differently each time, so a store calls every second start a conflict: those with an equal input are none, and of the others
 * the hash is opened.
 *
 * @throws PayloadCodecError when it cannot be known, because the other's was sealed with a key that is not here
 */
export function openConflict(
  seal: PayloadSeal,
  { workflow, inputHash }: Pick<NewRun, 'workflow' | 'inputHash'>,
  conflict: StartConflict,
): StartConflict | { readonly kind: 'exists'; readonly id: string; readonly status: RunStatus } {
  if (conflict.differs !== 'input') return conflict;
  const opening = seal.opening();
  const other = opening.text(conflict.inputHash, inputHashOf(workflow));
  opening.check();
  if (other !== inputHash) return { ...conflict, inputHash: other };
  return { kind: 'exists', id: conflict.id, status: conflict.status };
}

export function sealHeldRuns(inner: HeldRuns, seal: PayloadSeal): HeldRuns {
  return {
    hold: async (params) => {
      const held = await inner.hold(sealInput(seal, params));
      if (held.kind !== 'conflict') return held;
      const answer = openConflict(seal, params, held);
      return answer.kind === 'exists' ? { kind: 'exists', id: answer.id } : answer;
    },
    release: async (params) => inner.release(sealInput(seal, params)),
  };
}

export function sealReuses(inner: Reuses, seal: PayloadSeal): Reuses {
  return {
    outline: async (params) => {
      const runs = await inner.outline(params);
      return runs.map((run) => {
        const opening = seal.opening();
        const inputHash = opening.text(run.inputHash, inputHashOf(run.workflow));
        // What cannot be opened is handed on as it is, with the input.
        return opening.problem === undefined ? { ...run, inputHash } : run;
      });
    },
    create: async (params) => {
      const { input, workflow } = params;
      const reused = await inner.create({
        ...params,
        input: input === undefined ? undefined : seal.value(input, inputOf(workflow)),
        inputHash: sealHash(seal, params),
      });
      return reused.kind === 'conflict' ? openConflict(seal, params, reused) : reused;
    },
  };
}

export function sealChildren(inner: Children, seal: PayloadSeal): Children {
  return { start: async (params) => inner.start({ ...params, run: sealInput(seal, params.run) }) };
}
