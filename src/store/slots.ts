/** A worker's wish to hold slots of one key. */
export interface SlotDemand {
  /** What is limited: see `runner/slot-needs`. */
  readonly key: string;
  /** How many the whole fleet may hold. Where workers name different limits, the lowest of the last 10 s holds. */
  readonly limit: number;
  /** How many this worker wants to hold in all: an absolute number, so that asking twice is asking once. */
  readonly want: number;
}

export interface LeaseSlotsParams {
  readonly workerId: string;
  /** Raised after an answer was lost: what was sent under a lower number, and arrives after this, changes nothing. */
  readonly turn: number;
  readonly demands: readonly SlotDemand[];
}

export type LeaseSlotsResult =
  /** The worker's own lease is over: it holds nothing and gets nothing. */
  | { readonly kind: 'dead' }
  /** A key that is missing was left as it was: ask again. */
  | { readonly kind: 'leased'; readonly slots: readonly HeldSlots[] };

/** How many slots of a key the worker now holds, and whether others wait for some. */
export interface HeldSlots {
  readonly key: string;
  readonly held: number;
  readonly contest?: SlotContest | undefined;
}

/** Other workers wait for slots of a key. */
export interface SlotContest {
  /** The limit by the number of workers that hold or wait, rounded up: to hold more is unfair. */
  readonly share: number;
  /** One that waits holds none at all: who holds some is to give one back now and then, however few it has. */
  readonly isStarving: boolean;
}

export interface ReturnSlotsParams {
  readonly workerId: string;
  /** As of `LeaseSlotsParams`. */
  readonly turn: number;
  /** How many of each key the worker keeps. It also stops waiting for more. */
  readonly slots: readonly { readonly key: string; readonly keep: number }[];
}

export interface FindContestsParams {
  readonly workerId: string;
  readonly keys: readonly string[];
}

/** The keys of those asked for that other workers wait for. */
export type Contests = ReadonlyMap<string, SlotContest>;

export interface FindSlotsParams {
  readonly keys: readonly string[];
}

/** Who has part in the slots of a key. Workers that were declared dead have none. */
export interface SlotUse {
  readonly key: string;
  /** How many the fleet may hold now. */
  readonly limit: number;
  /** How many each worker holds, in order of their ids; calls may be using them or not. */
  readonly held: readonly { readonly worker: string; readonly slots: number }[];
  /** Workers that want more than they hold, in order of their ids. */
  readonly waiting: readonly string[];
}

/** A worker that waits for slots asks again within this time; one that has not no longer counts as waiting. Ms. */
export const WAITS_FOR_MS = 3_000;

/** How long a worker's lower limit binds the others after it asked. Ms. */
export const LIMIT_HOLDS_MS = 10_000;
