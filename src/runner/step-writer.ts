import type { Family, NodeWrite, RecordParams, RecordResult, RunChange } from '../store/record';
import type { ClaimedRun } from '../store/worker-lease';
import type { ExecutionHost } from './execution-host';
import type { RemoteCalls } from './remote-calls';
import type { RunRecorder } from './run-recorder';
import { MAX_RECORD, NOTHING } from './run-step';
import type { Held, Step } from './run-step';
import type { Suspicion } from './suspicion';

export interface StepWriterParams {
  readonly run: ClaimedRun;
  readonly host: ExecutionHost;
  readonly recorder: RunRecorder;
  readonly suspicion: Suspicion;
  readonly remote: RemoteCalls | undefined;
  /** Whether the run has ended here: then nothing is written any more. */
  readonly hasEnded: () => boolean;
  /** Asked when there is nothing else to write: how the run is given back, if it is to be. */
  readonly giveBack: () => RunChange | undefined;
  /** Whether some task of the run may have asked for a child, here or with an earlier owner. */
  readonly mayHaveChildren: () => boolean;
  /** Does what waited for the records before it. */
  readonly carryOut: (command: Held) => void;
  /** A record was answered. `true` when the run ended with it. */
  readonly onAnswer: (params: RecordParams, answer: RecordResult) => boolean;
  readonly onFailed: (error: unknown) => void;
}

/**
 * Writes what has collected of one run, then carries out what waited for it to be durable, until nothing is left. One record is on its
 * way at a time; what comes in meanwhile goes into the next one.
 */
export class StepWriter {
  readonly #params: StepWriterParams;
  #held: Held[] = [];
  #runChange: RunChange | undefined;
  #inbox: number;
  #isFlushing = false;
  #isLeaving = false;

  constructor(params: StepWriterParams) {
    this.#params = params;
    this.#inbox = params.run.inbox;
  }

  /** A record that ends, parks or releases the run is on its way: its answer tells whether the run was still this worker's. */
  get isLeaving(): boolean {
    return this.#isLeaving;
  }

  /** Keeps a command until every change that came before it is durable. */
  hold(command: Held): void {
    this.#held.push(command);
  }

  /** What becomes of the run itself, with the next record. */
  changeRun(change: RunChange): void {
    this.#runChange = change;
  }

  /** Forgets what was held. */
  dropHeld(): void {
    this.#held = [];
  }

  /** Writes soon: what is asked for within the same turn of the event loop goes together. */
  flush(): void {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    this.#params.host.flushTurn.add(this.#flushNow);
  }

  readonly #flushNow = (): void => this.#flushRest();

  // Callbacks and not `await`: this is done several times for each run, and each await costs promises.
  #flushRest(): void {
    const { hasEnded, remote, carryOut } = this.#params;
    try {
      while (!hasEnded() && this.#findWork()) {
        const step = this.#takeStep();
        if (step.record !== undefined) return this.#write(step.record, step);
        remote?.remove(step.done);
        for (const command of step.held) carryOut(command);
      }
      this.#isFlushing = false;
    } catch (error) {
      this.#failed(error);
    }
  }

  #write(record: RecordParams, step: Step): void {
    this.#isLeaving = record.run !== undefined;
    this.#params.host.store.record(record).then(
      (answer) => this.#written(record, answer, step),
      (error: unknown) => this.#failed(error),
    );
  }

  #written(record: RecordParams, answer: RecordResult, { held, done }: Step): void {
    const { remote, onAnswer, hasEnded, carryOut } = this.#params;
    this.#isLeaving = false;
    try {
      if (answer.kind === 'recorded') {
        this.#inbox = answer.inbox;
        remote?.remove(done);
      }
      if (onAnswer(record, answer) || hasEnded()) return;
      for (const command of held) carryOut(command);
    } catch (error) {
      this.#failed(error);
      return;
    }
    this.#flushRest();
  }

  #failed(error: unknown): void {
    this.#isFlushing = false;
    this.#isLeaving = false;
    this.#params.onFailed(error);
  }

  #findWork(): boolean {
    const { recorder, remote, giveBack } = this.#params;
    if (this.#runChange !== undefined || this.#held.length > 0 || recorder.hasChanges) return true;
    if (remote?.hasDone === true) return true;
    this.#runChange = giveBack();
    return this.#runChange !== undefined;
  }

  /** The next record, where there is anything to write, and what may be done once it is durable. */
  #takeStep(): Step {
    const { run: owned, recorder, remote, suspicion } = this.#params;
    const nodes = recorder.takeChanges(MAX_RECORD);
    // What waits for changes waits for all of them, however many records they take.
    const isWhole = !recorder.hasChanges;
    const held = isWhole ? this.#held : NOTHING;
    const run = isWhole ? (this.#runChange ?? this.#giveBackWith(nodes)) : undefined;
    const done = (isWhole ? remote?.takeDone() : undefined) ?? NOTHING;
    if (isWhole) {
      this.#held = [];
      this.#runChange = undefined;
    }
    if (run === undefined && nodes.length === 0) return { record: undefined, held, done };
    const { id: runId, epoch, generation } = owned;
    const hasCrashes = suspicion.crashes > 0;
    const family = run?.kind === 'finish' ? this.#familyAt(run) : undefined;
    return { record: { runId, epoch, generation, inbox: this.#inbox, hasCrashes, nodes, run, family }, held, done };
  }

  /**
   * How the run is given back in the very record that writes these nodes: where all that would be left to do after it is to let time pass. A
   * signal or a child has to be looked for before a run is parked for it.
   */
  #giveBackWith(nodes: readonly NodeWrite[]): RunChange | undefined {
    const { giveBack, remote, recorder } = this.#params;
    if (nodes.length === 0 || remote?.hasDone === true) return undefined;
    const isTime = (command: Held): boolean =>
      command.type === 'backoff' ||
      (command.type === 'wait' && recorder.history(command.node, command.index).wait?.kind === 'sleep');
    return this.#held.every(isTime) ? giveBack() : undefined;
  }

  /** Whom the end of this run concerns; most runs nobody. */
  #familyAt({ status }: Extract<RunChange, { readonly kind: 'finish' }>): Family | undefined {
    const parent = this.#params.run.parentId;
    const mayHaveChildren = status !== 'COMPLETED' && this.#params.mayHaveChildren();
    return parent === undefined && !mayHaveChildren ? undefined : { parent, mayHaveChildren };
  }
}
