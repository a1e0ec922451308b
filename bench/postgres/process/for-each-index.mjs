/** Calls `work(index)` for every index below `count`, at most `limit` at a time. */
export async function forEachIndex(count, limit, work) {
  let next = 0;
  const lane = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: Math.min(limit, count) }, lane));
}
