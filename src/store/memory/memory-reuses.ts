import { isDueSoon } from '../create-run';
import type { HintSender } from '../store-hint';
import type { OutlinedRecord, OutlinedRun, ReusedRun, ReuseRunParams, ReuseSource, Reuses } from '../reuse';
import { createRun, findExisting, compare, refuseManager } from './create-run';
import type { MemoryNode, MemoryRun, MemoryTables } from './memory-run';
import { toStoredNodes } from './memory-run';

/** Runs that take over records of others. */
export class MemoryReuses implements Reuses {
  readonly #tables: MemoryTables;
  readonly #tell: HintSender;

  constructor(tables: MemoryTables, tell: HintSender) {
    this.#tables = tables;
    this.#tell = tell;
  }

  async outline({ runIds }: { readonly runIds: readonly string[] }): Promise<readonly OutlinedRun[]> {
    return runIds.flatMap((id) => {
      const run = this.#tables.runs.get(id);
      return run === undefined ? [] : [toOutline(run)];
    });
  }

  async create({ from, input, ...params }: ReuseRunParams): Promise<ReusedRun> {
    refuseManager(params);
    const tables = this.#tables;
    const existing = findExisting(tables, params);
    if (existing !== undefined) return compare(params, existing);
    const source = tables.runs.get(from.runId);
    if (source === undefined) return { kind: 'source-unknown' };
    if (source.generation !== from.generation) return { kind: 'source-changed' };
    const created = createRun(tables, { ...params, input: input ?? source.input });
    const run = tables.runs.get(created.id);
    if (run === undefined || created.kind !== 'created') return created;
    run.epoch = 1;
    run.forkedFrom = source.id;
    for (const node of [...source.nodes.values()].sort((a, b) => a.seq - b.seq)) {
      if (isTaken(node, from)) run.nodes.set(keyOf(node), copyOf(tables, node, source.id));
    }
    if (isDueSoon(params, tables.now())) this.#tell.work(params.queue);
    return { ...created, epoch: 1 };
  }
}

function isTaken({ node, index, status }: MemoryNode, { nodes, instances, instanceStatuses }: ReuseSource): boolean {
  if (nodes.includes(node)) return status === 'COMPLETED' || status === 'FAILED' || status === 'SKIPPED';
  if (index < 0 || !instanceStatuses.some((one) => one === status)) return false;
  return instances.some((part) => part.node === node && part.except !== index);
}

function copyOf(tables: MemoryTables, node: MemoryNode, sourceId: string): MemoryNode {
  return {
    ...node,
    generation: 1,
    epoch: 1,
    resetIn: undefined,
    wakeAt: undefined,
    reusedFrom: node.reusedFrom ?? sourceId,
    seq: tables.nextSeq(),
  };
}

function keyOf({ node, index }: MemoryNode): string {
  return index === -1 ? node : `${node}#${index}`;
}

function toOutline(run: MemoryRun): OutlinedRun {
  const {
    id,
    workflow,
    version,
    flow,
    fingerprint,
    status,
    generation,
    queue,
    priority,
    tags,
    inputHash,
    createdAt,
    trace,
  } = run;
  const records = new Map<string, OutlinedRecord>();
  for (const node of toStoredNodes(run)) {
    const key = `${node.node} ${node.index >= 0}`;
    const known = records.get(key);
    if (known !== undefined && known.index < node.index) continue;
    const isArray =
      node.status === 'COMPLETED' && (node.elements !== undefined || node.output?.startsWith('[') === true);
    records.set(key, {
      node: node.node,
      index: node.index,
      kind: node.kind,
      shape: node.shape,
      status: node.status,
      elements: node.elements,
      isArray,
    });
  }
  return {
    id,
    workflow,
    version,
    flow,
    fingerprint,
    status,
    generation,
    queue,
    priority,
    tags,
    inputHash,
    createdAt,
    trace,
    records: [...records.values()],
  };
}
