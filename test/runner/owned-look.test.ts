import { OwnedLook } from '../../src/runner/owned-look';

describe('a look at the runs that a worker owns', () => {
  it('is taken by the first poll, then by one in each interval', () => {
    const look = new OwnedLook(1_000);
    expect([0, 1, 999, 1_000, 1_500, 2_000].map((now) => look.isDue(now))).toEqual([
      true,
      false,
      false,
      true,
      false,
      true,
    ]);
  });

  it('is taken by the next poll when somebody wants it', () => {
    const look = new OwnedLook(1_000);
    expect(look.isDue(0)).toBe(true);
    look.want();
    expect([look.isDue(1), look.isDue(2)]).toEqual([true, false]);
  });
});
