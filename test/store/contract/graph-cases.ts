import { newId } from './fixtures';
import type { Scene } from './fixtures';

export function describeGraphs(scene: () => Scene): void {
  describe('keeping graphs', () => {
    it('gives back what was kept first, from every store', async () => {
      const { store, other } = scene();
      const [one, two] = [newId(), newId()];
      await store.graphs.keep({ graphs: [{ fingerprint: one, outline: '[{"name":"a"}]' }] });
      await other.graphs.keep({
        graphs: [
          { fingerprint: one, outline: '[]' },
          { fingerprint: two, outline: '[2]' },
        ],
      });
      const found = await store.graphs.find({ fingerprints: [one, two, newId()] });
      const sorted = [...found].sort((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1));
      expect(sorted).toEqual([
        { fingerprint: one, outline: '[{"name":"a"}]' },
        { fingerprint: two, outline: '[2]' },
      ]);
    });

    it('takes the same graph from many at once, and nothing at all', async () => {
      const { store, other } = scene();
      const graphs = Array.from({ length: 5 }, () => ({ fingerprint: newId(), outline: '[]' }));
      await Promise.all(
        Array.from({ length: 10 }, (_, i) =>
          (i % 2 ? store : other).graphs.keep({ graphs: i % 3 ? graphs : [...graphs].reverse() }),
        ),
      );
      await store.graphs.keep({ graphs: [] });
      const fingerprints = graphs.map(({ fingerprint }) => fingerprint);
      expect(await store.graphs.find({ fingerprints })).toHaveLength(5);
      expect(await store.graphs.find({ fingerprints: [] })).toEqual([]);
    });
  });
}
