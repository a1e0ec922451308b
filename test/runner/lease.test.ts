import { Lease } from '../../src/runner/lease';
import { VirtualClock } from '../fixtures/virtual-clock';

describe("a worker's own view of its lease", () => {
  it('counts from when the renewal was sent, not from when it was answered', async () => {
    const clock = new VirtualClock();
    const lease = new Lease(clock, 1_000);
    expect(lease.isValid()).toBe(false);
    const sentAt = clock.monotonic();
    await clock.advance(400);
    lease.renewed(sentAt);
    await clock.advance(599);
    expect(lease.isValid()).toBe(true);
    await clock.advance(1);
    expect(lease.isValid()).toBe(false);
  });

  it("carries the store's clock on from its last answer", async () => {
    const clock = new VirtualClock();
    const lease = new Lease(clock, Infinity);
    lease.renewed(clock.monotonic(), 5_000);
    await clock.advance(250);
    expect(lease.storeNow()).toBe(5_250);
    lease.renewed(clock.monotonic());
    expect(lease.storeNow()).toBe(5_250);
  });
});
