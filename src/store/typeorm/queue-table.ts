import type { QueueUse, Queues } from '../queues';
import type { Send } from './dispatch-table';
import { listQueuesSql } from './sql/queues';

interface QueueRow extends Omit<QueueUse, 'oldestDueAt'> {
  readonly oldest_due_at: number | null;
}

/** Counts of table `run`, by queue. */
export class QueueTable implements Queues {
  readonly #send: Send;
  readonly #sql: string;

  /** @param s the quoted schema */
  constructor(s: string, send: Send) {
    this.#send = send;
    this.#sql = listQueuesSql(s);
  }

  async list(): Promise<readonly QueueUse[]> {
    const rows = await this.#send<QueueRow>('counting queues', this.#sql, []);
    return rows.map(({ oldest_due_at: oldest, ...counts }) => ({ ...counts, oldestDueAt: oldest ?? undefined }));
  }
}
