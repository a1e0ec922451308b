import type { Children, StartChildParams, StartedChild } from '../children';
import type { HintSender } from '../store-hint';
import { startChildSql } from './sql/start-child';

type Send = <Row>(doing: string, sql: string, values: readonly unknown[]) => Promise<readonly Row[]>;

/** Runs that tasks of others wait for. */
export class ChildRuns implements Children {
  readonly #send: Send;
  readonly #tell: HintSender;
  readonly #sql: string;

  /** @param s the quoted schema */
  constructor(s: string, send: Send, tell: HintSender) {
    this.#send = send;
    this.#tell = tell;
    this.#sql = startChildSql(s);
  }

  async start({ run, parent, isDetached }: StartChildParams): Promise<StartedChild> {
    const [row] = await this.#send<{ answer: StartedChild }>('starting a child', this.#sql, [
      run.id,
      run.workflow,
      run.version ?? null,
      run.flow,
      run.fingerprint,
      run.queue,
      run.priority,
      run.tags,
      run.input,
      run.inputHash,
      isDetached,
      parent.runId,
      parent.epoch,
      run.trace ?? null,
    ]);
    const answer = row?.answer ?? 'lost';
    if (answer === 'started') this.#tell.work(run.queue);
    return answer;
  }
}
