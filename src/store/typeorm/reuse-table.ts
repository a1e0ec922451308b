import type { EntityManager } from 'typeorm';
import type { Clock } from '../../core/clock';
import { isUuid } from '../../core/ids';
import type { RunStatus } from '../../core/statuses';
import { isDueSoon } from '../create-run';
import type { OutlinedRecord, OutlinedRun, ReusedRun, ReuseRunParams, Reuses } from '../reuse';
import { toStoreError } from './database-errors';
import type { StoreHints } from './hints/store-hints';
import type { Query } from './query';
import type { Resender } from './resender';
import { createReusingSql, outlineSql } from './sql/reuse';
import type { Statements } from './sql/statements';
import { findExisting, toCreated } from './write-runs';
import type { MadeRow } from './write-runs';

export interface ReuseTableParams {
  readonly clock: Clock;
  readonly query: Query;
  readonly resender: Resender;
  readonly sql: Statements;
  readonly hints: Pick<StoreHints, 'tell' | 'workWithin'>;
}

interface OutlineRow {
  readonly id: string;
  readonly workflow: string;
  readonly version: string | null;
  readonly flow: string;
  readonly fingerprint: string;
  readonly status: RunStatus;
  readonly generation: number;
  readonly queue: string;
  readonly priority: number;
  readonly tags: readonly string[];
  readonly input_hash: string;
  readonly created_at: number;
  readonly trace: string | null;
  readonly has_flow: boolean;
  readonly records: readonly (Omit<OutlinedRecord, 'elements'> & { readonly elements: number | null })[];
}

const ATTEMPTS = 3;

/** Runs that take over records, in the tables of all runs. */
export class ReuseTable implements Reuses {
  readonly #params: ReuseTableParams;
  readonly #sql: { readonly outline: string; readonly create: string };

  constructor(params: ReuseTableParams) {
    this.#params = params;
    const { schema } = params.sql;
    this.#sql = { outline: outlineSql(schema), create: createReusingSql(schema) };
  }

  async outline({ runIds }: { readonly runIds: readonly string[] }): Promise<readonly OutlinedRun[]> {
    const { query, resender } = this.#params;
    const ids = runIds.filter(isUuid);
    if (ids.length === 0) return [];
    try {
      const rows = await resender.repeat(() => query<OutlineRow>(this.#sql.outline, [ids]));
      return rows.map(toOutline);
    } catch (error) {
      throw toStoreError('reading the outlines of runs', error);
    }
  }

  async create(params: ReuseRunParams): Promise<ReusedRun> {
    if (!isUuid(params.from.runId)) return { kind: 'source-unknown' };
    return params.manager === undefined
      ? this.#create(params)
      : this.#createWithin(params.manager as EntityManager, params);
  }

  async #create(params: ReuseRunParams): Promise<ReusedRun> {
    const { clock, query, resender, hints } = this.#params;
    try {
      const created = await resender.repeat((again) => this.#write(query, params, again));
      if (created.kind === 'created' && isDueSoon(params, clock.now())) hints.tell.work(params.queue);
      return created;
    } catch (error) {
      throw toStoreError('creating a run from another one', error);
    }
  }

  async #createWithin(manager: EntityManager, params: ReuseRunParams): Promise<ReusedRun> {
    const { clock, hints } = this.#params;
    try {
      const created = await this.#write((sql, values) => manager.query(sql, [...values]), params, false);
      if (created.kind === 'created' && isDueSoon(params, clock.now())) await hints.workWithin(manager, params.queue);
      return created;
    } catch (error) {
      throw toStoreError('creating a run from another one in your transaction', error);
    }
  }

  async #write(query: Query, params: ReuseRunParams, again: boolean): Promise<ReusedRun> {
    // More than once, because a run that has the key may be deleted between two statements.
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      const [made] = await query<MadeRow>(this.#sql.create, valuesOf(params));
      if (made !== undefined) return toCreated(made);
      const existing = await findExisting(query, this.#params.sql, [params], again);
      const found = existing.get(params.id);
      if (found !== undefined) return found;
      const [source] = await query<{ generation: number }>(this.#params.sql.runState, [params.from.runId]);
      if (source === undefined) return { kind: 'source-unknown' };
      if (source.generation !== params.from.generation) return { kind: 'source-changed' };
    }
    throw new Error(`run ${params.id} could neither be inserted nor found`);
  }
}

function toOutline(row: OutlineRow): OutlinedRun {
  const records = row.records.map(({ elements, ...record }) => ({ ...record, elements: elements ?? undefined }));
  const flow: OutlinedRecord = {
    node: row.flow,
    index: -1,
    kind: 'flow',
    shape: '',
    status: 'COMPLETED',
    isArray: false,
  };
  return {
    id: row.id,
    workflow: row.workflow,
    version: row.version ?? undefined,
    flow: row.flow,
    fingerprint: row.fingerprint,
    status: row.status,
    generation: row.generation,
    queue: row.queue,
    priority: row.priority,
    tags: row.tags,
    inputHash: row.input_hash,
    createdAt: row.created_at,
    trace: row.trace ?? undefined,
    records: row.has_flow ? [...records, flow] : records,
  };
}

function valuesOf(params: ReuseRunParams): readonly unknown[] {
  const { from } = params;
  return [
    params.id,
    params.workflow,
    params.version ?? null,
    params.flow,
    params.fingerprint,
    params.queue,
    params.priority,
    params.tags,
    params.input ?? null,
    params.inputHash,
    params.idempotencyKey ?? null,
    params.startDelayMs ?? null,
    params.startAt ?? null,
    params.deadlineMs ?? null,
    params.deadlineAt ?? null,
    params.parentId ?? null,
    from.runId,
    from.generation,
    from.nodes,
    from.instances.map(({ node }) => node),
    from.instances.map(({ except }) => except ?? null),
    from.instanceStatuses,
    from.flowShape,
    params.trace ?? null,
  ];
}
