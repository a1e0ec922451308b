import type { FinalNodeStatus, NodeKind, NodeStatus, RunStatus } from '../core/statuses';
import type { CreatedRun, CreateRunParams } from './create-run';

/** What the engine asks of a database for runs that take over records of others: part of the `Store` port, with its promises. */
export interface Reuses {
  /** Runs as far as it decides what can be taken over from them, or go on with other code: without values. Unknown ones are left out. */
  outline(params: { readonly runIds: readonly string[] }): Promise<readonly OutlinedRun[]>;

  /**
   * Creates a run, PENDING, with copies of records of another one: one step, in which the other run is seen as it is at one moment,
   * and not changed. Values stay within the database. A run that has this idempotency key, or id, is the answer as for `createRun`.
   */
  create(params: ReuseRunParams): Promise<ReusedRun>;
}

export interface OutlinedRun {
  readonly id: string;
  readonly workflow: string;
  readonly version?: string | undefined;
  readonly flow: string;
  readonly fingerprint: string;
  readonly status: RunStatus;
  readonly generation: number;
  readonly queue: string;
  readonly priority: number;
  readonly tags: readonly string[];
  readonly inputHash: string;
  readonly createdAt: number;
  readonly trace?: string | undefined;
  /** Of each node the record as a whole, and that of the lowest instance that has one. */
  readonly records: readonly OutlinedRecord[];
}

export interface OutlinedRecord {
  readonly node: string;
  readonly index: number;
  readonly kind: NodeKind;
  /** `''` of a flow whose record is part of its run's row. */
  readonly shape: string;
  readonly status: NodeStatus;
  readonly elements?: number | undefined;
  /** Of a COMPLETED one: whether its value is an array. */
  readonly isArray: boolean;
}

export interface ReuseRunParams extends Omit<CreateRunParams, 'input' | 'claim'> {
  /** Encoded; by default that of the other run, whose hash `inputHash` is then. */
  readonly input?: string | undefined;
  readonly from: ReuseSource;
}

/** What is taken over from which run. */
export interface ReuseSource {
  readonly runId: string;
  /** As it was when this was decided: in another one the records are others. */
  readonly generation: number;
  /** Nodes whose records are copied, instances included, as far as they are final and not CANCELLED. */
  readonly nodes: readonly string[];
  /** Mapped nodes of which only instances are copied, but for one. */
  readonly instances: readonly { readonly node: string; readonly except?: number | undefined }[];
  /** Those instances as far as they have one of these statuses. */
  readonly instanceStatuses: readonly FinalNodeStatus[];
  /** The flow's, for a record that is part of the run's row. */
  readonly flowShape: string;
}

export type ReusedRun =
  | CreatedRun
  /** There is no such run to take anything over from. */
  | { readonly kind: 'source-unknown' }
  /** It was retried since its outline was read. */
  | { readonly kind: 'source-changed' };
