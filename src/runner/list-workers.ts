import type { Store } from '../store/store';

/** A live worker of the fleet, as it announced itself. */
export interface WorkerRecord {
  readonly id: string;
  /** For people: host name and pid. */
  readonly label: string;
  readonly queues: readonly string[];
  /** Names of the workflows it has the code of. */
  readonly workflows: readonly string[];
  readonly registeredAt: Date;
  /** When it was last heard of, by the database's clock. */
  readonly seenAt: Date;
}

export async function listWorkers(store: Store): Promise<readonly WorkerRecord[]> {
  const { workers } = await store.listWorkers({});
  return workers
    .filter(({ isAlive }) => isAlive)
    .map(({ id, label, queues, workflows, registeredAt, seenAt }) => {
      return { id, label, queues, workflows, registeredAt: new Date(registeredAt), seenAt: new Date(seenAt) };
    });
}
