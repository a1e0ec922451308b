const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;

/** An instant for people: `2026-01-31T12:00:00.000Z (in 3 min)`. */
export function describeInstant(at: Date, now: number): string {
  const distance = at.getTime() - now;
  const [unit, size] = UNITS.find(([, ms]) => Math.abs(distance) >= ms) ?? ['ms', 1];
  const length = `${Math.round(Math.abs(distance) / size)} ${unit}`;
  const relative = distance === 0 ? 'now' : distance > 0 ? `in ${length}` : `${length} ago`;
  return `${at.toISOString()} (${relative})`;
}
