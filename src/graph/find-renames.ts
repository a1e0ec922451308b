import type { ComparableNode } from './graph-change';

type Nodes = ReadonlyMap<string, ComparableNode>;

/**
 * Guesses which nodes have only another name: later name → earlier name. A pair must be the only one of its kind and edges, the edges
 * being compared by the earlier names of what they lead to; so a chain of renamed nodes is found from its beginning.
 */
export function findRenames(before: Nodes, after: Nodes): ReadonlyMap<string, string> {
  const renames = new Map<string, string>();
  let gone = [...before.values()].filter(({ name }) => !after.has(name));
  let added = [...after.values()].filter(({ name }) => !before.has(name));
  for (let hasFound = true; hasFound;) {
    hasFound = false;
    const olds = bySignature(gone, new Map());
    for (const [signature, [node, ...others]] of bySignature(added, renames)) {
      const [old, ...rivals] = olds.get(signature) ?? [];
      if (old === undefined || node === undefined || others.length > 0 || rivals.length > 0) continue;
      renames.set(node.name, old.name);
      hasFound = true;
    }
    gone = gone.filter(({ name }) => ![...renames.values()].includes(name));
    added = added.filter(({ name }) => !renames.has(name));
  }
  return renames;
}

function bySignature(
  nodes: readonly ComparableNode[],
  renames: ReadonlyMap<string, string>,
): ReadonlyMap<string, ComparableNode[]> {
  const found = new Map<string, ComparableNode[]>();
  for (const node of nodes) {
    const edges = node.edges.map(({ rule, from }) => [rule, renames.get(from) ?? from]);
    const signature = JSON.stringify([node.kind, node.compensates ?? '', edges]);
    const alike = found.get(signature);
    if (alike === undefined) found.set(signature, [node]);
    else alike.push(node);
  }
  return found;
}
