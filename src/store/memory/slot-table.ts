import { LIMIT_HOLDS_MS, WAITS_FOR_MS } from '../slots';
import type { HeldSlots, SlotContest, SlotDemand, SlotUse } from '../slots';

interface Wait {
  readonly since: number;
  readonly seen: number;
}

interface SlotRow {
  limit: number;
  limitAt: number;
  readonly leases: Map<string, number>;
  readonly waiting: Map<string, Wait>;
  readonly turns: Map<string, number>;
}

/** Slots by key, as `sql/slot-lease.ts` keeps them: the same rules, in one process. */
export class SlotTable {
  readonly #now: () => number;
  readonly #rows = new Map<string, SlotRow>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** `undefined` for what was sent before an answer was lost, and is late. */
  lease(worker: string, turn: number, { key, limit: asked, want }: SlotDemand): HeldSlots | undefined {
    const now = this.#now();
    if (this.#isLate(worker, turn, key)) return undefined;
    const row = this.#rowOf(key, asked, now);
    row.turns.set(worker, turn);
    const mine = row.leases.get(worker) ?? 0;
    const since = row.waiting.get(worker)?.since ?? now;
    const free = row.limit - taken(row) - before(row, worker, since);
    const contest = contestOf(row, worker);
    const most = contest === undefined ? row.limit : contest.share;
    const held = Math.max(mine, Math.min(want, mine + Math.max(0, free), most));
    if (held > 0) row.leases.set(worker, held);
    // Who gets something waits for the rest behind everybody else.
    if (held < Math.min(want, row.limit)) row.waiting.set(worker, { since: held > mine ? now : since, seen: now });
    else row.waiting.delete(worker);
    return { key, held, contest: contestOf(row, worker) };
  }

  giveBack(worker: string, turn: number, key: string, keep: number): void {
    const row = this.#rows.get(key);
    if (row === undefined || this.#isLate(worker, turn, key)) return;
    row.turns.set(worker, turn);
    const kept = Math.min(keep, row.leases.get(worker) ?? 0);
    if (kept > 0) row.leases.set(worker, kept);
    else {
      row.leases.delete(worker);
      row.turns.delete(worker);
    }
    row.waiting.delete(worker);
    if (row.leases.size === 0 && row.waiting.size === 0) this.#rows.delete(key);
  }

  contests(worker: string, keys: readonly string[]): ReadonlyMap<string, SlotContest> {
    const found = new Map<string, SlotContest>();
    for (const key of keys) {
      const row = this.#rows.get(key);
      if (row === undefined) continue;
      dropStale(row, this.#now());
      const contest = contestOf(row, worker);
      if (contest !== undefined) found.set(key, contest);
    }
    return found;
  }

  /** Who has part in a key, if anybody has. */
  use(key: string): SlotUse | undefined {
    const row = this.#rows.get(key);
    if (row === undefined) return undefined;
    dropStale(row, this.#now());
    if (row.leases.size === 0 && row.waiting.size === 0) return undefined;
    const held = [...row.leases].sort(([a], [b]) => (a < b ? -1 : 1)).map(([worker, slots]) => ({ worker, slots }));
    return { key, limit: row.limit, held, waiting: [...row.waiting.keys()].sort() };
  }

  /** A worker is gone, and with it what it held. */
  forget(worker: string): void {
    for (const key of [...this.#rows.keys()]) this.giveBack(worker, Infinity, key, 0);
  }

  #isLate(worker: string, turn: number, key: string): boolean {
    return (this.#rows.get(key)?.turns.get(worker) ?? 0) > turn;
  }

  #rowOf(key: string, asked: number, now: number): SlotRow {
    let row = this.#rows.get(key);
    if (row === undefined) {
      row = { limit: asked, limitAt: now, leases: new Map(), waiting: new Map(), turns: new Map() };
      this.#rows.set(key, row);
    }
    if (asked <= row.limit || row.limitAt <= now - LIMIT_HOLDS_MS) {
      row.limit = asked;
      row.limitAt = now;
    }
    dropStale(row, now);
    return row;
  }
}

function dropStale(row: SlotRow, now: number): void {
  for (const [worker, { seen }] of row.waiting) if (seen <= now - WAITS_FOR_MS) row.waiting.delete(worker);
}

function taken({ leases }: SlotRow): number {
  let sum = 0;
  for (const slots of leases.values()) sum += slots;
  return sum;
}

/** For how many others the next slots are kept: all that hold none, if `worker` holds some; else those that wait for longer. */
function before({ leases, waiting }: SlotRow, worker: string, since: number): number {
  let count = 0;
  for (const [other, wait] of waiting) {
    if (other === worker || leases.has(other)) continue;
    const isEarlier = wait.since < since || (wait.since === since && other < worker);
    if (leases.has(worker) || isEarlier) count++;
  }
  return count;
}

function contestOf({ limit, leases, waiting }: SlotRow, worker: string): SlotContest | undefined {
  const others = [...waiting.keys()].filter((other) => other !== worker);
  if (others.length === 0) return undefined;
  const workers = new Set([...leases.keys(), ...waiting.keys(), worker]).size;
  return { share: Math.ceil(limit / workers), isStarving: others.some((other) => !leases.has(other)) };
}
