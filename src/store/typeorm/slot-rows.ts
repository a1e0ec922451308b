import type { Contests, FindContestsParams, HeldSlots, LeaseSlotsParams, LeaseSlotsResult } from '../slots';
import type { ReturnSlotsParams, SlotUse } from '../slots';

/** A row of `leaseSlotsSql`: without a key where the worker is alive and nothing was granted or locked. */
export interface LeaseRow {
  readonly key: string | null;
  readonly held: number;
  readonly share: number | null;
  readonly starving: boolean;
}

/** A row of `findContestsSql`. */
export interface ContestRow {
  readonly key: string;
  readonly share: number;
  readonly starving: boolean;
}

/** A row of `findSlotsSql`. */
export interface SlotUseRow {
  readonly key: string;
  readonly lim: number;
  readonly held: SlotUse['held'];
  readonly waiting: readonly string[];
}

export function leaseValues({ workerId, turn, demands }: LeaseSlotsParams): readonly unknown[] {
  const [keys, limits] = [demands.map(({ key }) => key), demands.map(({ limit }) => limit)];
  return [workerId, keys, limits, demands.map(({ want }) => want), turn];
}

export function returnValues({ workerId, turn, slots }: ReturnSlotsParams): readonly unknown[] {
  return [workerId, slots.map(({ key }) => key), slots.map(({ keep }) => keep), turn];
}

export function contestValues({ workerId, keys }: FindContestsParams): readonly unknown[] {
  return [workerId, keys];
}

/** No row at all means that the worker is not alive. */
export function toLeased(rows: readonly LeaseRow[]): LeaseSlotsResult {
  if (rows.length === 0) return { kind: 'dead' };
  const slots = rows.flatMap(({ key, held, share, starving }): HeldSlots[] => {
    if (key === null) return [];
    return [{ key, held, contest: share === null ? undefined : { share, isStarving: starving } }];
  });
  return { kind: 'leased', slots };
}

export function toContests(rows: readonly ContestRow[]): Contests {
  return new Map(rows.map(({ key, share, starving }) => [key, { share, isStarving: starving }]));
}

export function toSlotUses(rows: readonly SlotUseRow[]): readonly SlotUse[] {
  return rows.map(({ lim, ...use }) => ({ ...use, limit: lim }));
}
