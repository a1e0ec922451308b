import { randomUUID } from 'node:crypto';
import { systemClock } from '../../src/runner/system-clock';
import { MemoryStore } from '../../src/store/memory/memory-store';
import { describeStoreContract } from './contract/store-contract';

const newRun = {
  workflow: 'w',
  flow: 'main',
  fingerprint: 'f',
  queue: 'default',
  priority: 0,
  tags: [],
  input: 'null',
  inputHash: '',
};

describe('MemoryStore', () => {
  const store = new MemoryStore(systemClock);
  describeStoreContract(() => ({ store, other: store }), {
    hasLeases: false,
    hasTransactions: false,
  });

  it('keeps the runs that ended last, and every run that is not over', async () => {
    const small = new MemoryStore(systemClock, 2);
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) {
      const id = randomUUID();
      ids.push(id);
      await small.createRun({ ...newRun, id, idempotencyKey: `key ${n}` });
      if (n > 0) await small.requestCancel({ runId: id });
    }
    const kept = await Promise.all(ids.map(async (runId) => (await small.findRun({ runId })) !== undefined));
    expect(kept).toEqual([true, false, false, true, true]);
    // With its run the key is free again.
    const again = await small.createRun({ ...newRun, id: randomUUID(), idempotencyKey: 'key 1', inputHash: 'other' });
    expect(again.kind).toBe('created');
  });
});
