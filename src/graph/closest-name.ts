/** The longest name worth comparing, and the most names: a suggestion must not cost more than the check itself. */
const MAX_LENGTH = 100;
const MAX_CANDIDATES = 2_000;

/**
 * The one of `names` that was probably meant by `name`: at most two edits away, or one in three letters of a short name.
 * `undefined` when none is close.
 */
export function closestName(name: string, names: Iterable<string>): string | undefined {
  if (name.length > MAX_LENGTH) return undefined;
  let closest: string | undefined;
  let least = Math.min(2, Math.floor(name.length / 3)) + 1;
  let left = MAX_CANDIDATES;
  for (const candidate of names) {
    if (candidate.toLowerCase() === name.toLowerCase()) return candidate;
    if (left-- === 0) break;
    if (candidate.length > MAX_LENGTH || Math.abs(candidate.length - name.length) >= least) continue;
    const distance = editDistance(name, candidate);
    if (distance >= least) continue;
    least = distance;
    closest = candidate;
  }
  return closest;
}

/** Insertions, deletions and replacements of a character, and swaps of two neighbours. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row.push(
        Math.min(
          (last[j - 1] as number) + (isSame ? 0 : 1),
          (last[j] as number) + 1,
          (row[j - 1] as number) + 1,
          isSwap ? (beforeLast[j - 2] as number) + 1 : Infinity,
        ),
      );
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] as number;
}
