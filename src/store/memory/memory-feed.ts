import type { FeedLine, FeedNode, FeedProgress, FeedRun, KeepLinesParams, KeptLine } from '../run-feed';
import type { ReadFeedParams, RunChanges, RunFeed } from '../run-feed';
import type { MemoryNode, MemoryRun, MemoryTables } from './memory-run';

/** What a task said, as the memory store keeps it. */
export type MemoryLine = FeedLine | FeedProgress;

export class MemoryFeed implements RunFeed {
  readonly #tables: MemoryTables;

  constructor(tables: MemoryTables) {
    this.#tables = tables;
  }

  async read({ follows, limit }: ReadFeedParams): Promise<readonly RunChanges[]> {
    return follows.flatMap(({ runId, after }) => {
      const run = this.#tables.runs.get(runId);
      return run === undefined ? [] : [changesOf(run, after, limit)];
    });
  }

  async keep({ lines, limit }: KeepLinesParams): Promise<void> {
    const now = this.#tables.now();
    for (const line of lines) {
      const run = this.#tables.runs.get(line.runId);
      if (run === undefined) continue;
      const { runId: _, ageMs, ...said } = line;
      const others = said.kind === 'progress' ? run.lines.filter((other) => !isProgressOf(other, said)) : run.lines;
      run.lines = [...others, { ...said, seq: this.#tables.nextSeq(), at: now - ageMs }].slice(-limit);
    }
  }

  async lines({ runId }: { readonly runId: string }): Promise<readonly FeedLine[]> {
    return (this.#tables.runs.get(runId)?.lines ?? []).filter((line) => line.kind === 'line');
  }
}

function isProgressOf(other: MemoryLine, { node, index }: Pick<KeptLine, 'node' | 'index'>): boolean {
  return other.kind === 'progress' && other.node === node && other.index === index;
}

function changesOf(run: MemoryRun, after: number, limit: number): RunChanges {
  const nodes = [...run.nodes.values()].filter(({ seq }) => seq > after).map(toFeedNode);
  const changed = [...nodes, ...run.lines.filter(({ seq }) => seq > after)].sort((a, b) => a.seq - b.seq);
  return {
    runId: run.id,
    run: toFeedRun(run),
    entries: changed.slice(0, limit),
    isMore: changed.length > limit,
  };
}

function toFeedRun(run: MemoryRun): FeedRun {
  const { workflow, flow, status, generation, isCancelRequested, error, finishedAt, wakeAt } = run;
  return { workflow, flow, status, generation, isCancelRequested, error, finishedAt, wakeAt };
}

function toFeedNode(node: MemoryNode): FeedNode {
  const { index, status, generation, attempt, error, reason, wait, elements, seq } = node;
  const { startedAt, finishedAt, wakeAt } = node;
  const shown = {
    index,
    status,
    generation,
    attempt,
    error,
    reason,
    wait,
    elements,
    seq,
    startedAt,
    finishedAt,
    wakeAt,
  };
  return { kind: 'node', node: node.node, nodeKind: node.kind, ...shown };
}
