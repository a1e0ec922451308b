import type { Edge } from './edge';
import { changeSentence } from './change-sentence';
import { diffOptions } from './diff-options';
import { findRenames } from './find-renames';
import type { ComparableNode, GraphChange, GraphChangeDetail, GraphDiff } from './graph-change';

/** Compares two graphs, node by node. Linear in nodes and edges, but for chains of renamed nodes. */
export function diffGraphs(before: Iterable<ComparableNode>, after: Iterable<ComparableNode>): GraphDiff {
  const olds = new Map([...before].map((node) => [node.name, node]));
  const news = new Map([...after].map((node) => [node.name, node]));
  const renames = findRenames(olds, news);
  const changes: GraphChange[] = [];
  for (const node of news.values()) {
    const earlierName = renames.get(node.name);
    const old = olds.get(earlierName ?? node.name);
    if (old === undefined) changes.push(toChange(node, { code: 'added' }));
    else changes.push(...diffNodes(old, node, earlierName !== undefined).map((detail) => toChange(node, detail)));
  }
  const renamed = new Set(renames.values());
  for (const old of olds.values()) {
    if (!news.has(old.name) && !renamed.has(old.name)) changes.push(toChange(old, { code: 'removed' }));
  }
  return new Diff(changes);
}

class Diff implements GraphDiff {
  constructor(readonly changes: readonly GraphChange[]) {}

  get isHarmless(): boolean {
    return this.changes.every(({ isHarmless }) => isHarmless);
  }

  toString(): string {
    return this.changes.map(({ sentence }) => sentence).join('\n');
  }
}

function toChange(node: ComparableNode, detail: GraphChangeDetail): GraphChange {
  const { name, kind } = node;
  const isHarmless = detail.code === 'added' || detail.code === 'option-changed';
  return { ...detail, node: name, kind, isHarmless, sentence: changeSentence(name, kind, detail) };
}

function diffNodes(before: ComparableNode, after: ComparableNode, isRenamed: boolean): GraphChangeDetail[] {
  const changes: GraphChangeDetail[] = isRenamed ? [{ code: 'renamed', before: before.name }] : [];
  if (before.kind !== after.kind) changes.push({ code: 'kind-changed', before: before.kind, after: after.kind });
  // A renamed node has the same edges by definition, under the names that they have now.
  if (!isRenamed) changes.push(...diffEdges(before.edges, after.edges));
  return [...changes, ...diffOptions(before, after)];
}

function diffEdges(before: readonly Edge[], after: readonly Edge[]): GraphChangeDetail[] {
  const olds = new Map(before.map((edge) => [edge.from, edge]));
  const news = new Set(after.map(({ from }) => from));
  const changes: GraphChangeDetail[] = [];
  const replaced = new Set<Edge>();
  after.forEach((edge, position) => {
    const old = olds.get(edge.from);
    const inPlace = before[position];
    if (old !== undefined) {
      if (old.rule !== edge.rule)
        changes.push({ code: 'edge-changed', from: edge.from, before: old.rule, after: edge.rule });
    } else if (inPlace !== undefined && inPlace.rule === edge.rule && !news.has(inPlace.from)) {
      replaced.add(inPlace);
      changes.push({ code: 'edge-replaced', before: inPlace, after: edge });
    } else changes.push({ code: 'edge-added', edge });
  });
  for (const edge of before) {
    if (!news.has(edge.from) && !replaced.has(edge)) changes.push({ code: 'edge-removed', edge });
  }
  const isReordered = changes.length === 0 && before.some(({ from }, position) => after[position]?.from !== from);
  return isReordered ? [{ code: 'edges-reordered', before, after }] : changes;
}
