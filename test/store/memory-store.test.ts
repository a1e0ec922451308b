import { systemClock } from '../../src/runner/system-clock';
import { MemoryStore } from '../../src/store/memory/memory-store';
import { describeStoreContract } from './contract/store-contract';

describe('MemoryStore', () => {
  const store = new MemoryStore(systemClock);
  describeStoreContract(() => ({ store, other: store }), { hasLeases: false });
});
