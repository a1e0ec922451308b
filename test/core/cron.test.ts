import { CronTimes } from '../../src/core/cron';

function times(pattern: string, timeZone = 'UTC'): CronTimes {
  const parsed = CronTimes.parse(pattern, timeZone);
  if (parsed instanceof CronTimes) return parsed;
  throw new Error(parsed.problem);
}

function ticks(pattern: string, timeZone: string, from: string, count: number): string[] {
  const cron = times(pattern, timeZone);
  const found: string[] = [];
  for (let at = cron.next(Date.parse(from)); at !== undefined && found.length < count; at = cron.next(at)) {
    found.push(new Date(at).toISOString().slice(0, 19));
  }
  return found;
}

describe('ticks across a change of the clock', () => {
  it.each([
    // Europe/Berlin goes from 02:00 to 03:00 on 29 March 2026, at 01:00 UTC, and from 03:00 to 02:00 on 25 October, at 01:00 UTC.
    [
      'a time that does not exist that day comes at the first moment after the gap',
      '30 2 * * *',
      'Europe/Berlin',
      '2026-03-28T00:00Z',
      ['2026-03-28T01:30:00', '2026-03-29T01:00:00', '2026-03-30T00:30:00'],
    ],
    [
      'a time that exists twice comes once, the first time',
      '30 2 * * *',
      'Europe/Berlin',
      '2026-10-24T00:00Z',
      ['2026-10-24T00:30:00', '2026-10-25T00:30:00', '2026-10-26T01:30:00'],
    ],
    [
      'every hour is every real hour, in spring',
      '0 * * * *',
      'Europe/Berlin',
      '2026-03-28T23:30Z',
      ['2026-03-29T00:00:00', '2026-03-29T01:00:00', '2026-03-29T02:00:00'],
    ],
    [
      'every hour is every real hour, in autumn',
      '0 * * * *',
      'Europe/Berlin',
      '2026-10-24T23:30Z',
      ['2026-10-25T00:00:00', '2026-10-25T01:00:00', '2026-10-25T02:00:00'],
    ],
    [
      'every second is every real second, in spring',
      '* * * * * *',
      'Europe/Berlin',
      '2026-03-29T00:59:58Z',
      ['2026-03-29T00:59:59', '2026-03-29T01:00:00', '2026-03-29T01:00:01'],
    ],
    [
      'every second is every real second, in autumn',
      '* * * * * *',
      'Europe/Berlin',
      '2026-10-25T00:59:58Z',
      ['2026-10-25T00:59:59', '2026-10-25T01:00:00', '2026-10-25T01:00:01'],
    ],
    ['New York', '30 2 * * *', 'America/New_York', '2026-03-07T12:00Z', ['2026-03-08T07:00:00', '2026-03-09T06:30:00']],
    [
      'a change by half an hour',
      '15 2 * * *',
      'Australia/Lord_Howe',
      '2026-10-02T15:50Z',
      ['2026-10-03T15:30:00', '2026-10-04T15:15:00'],
    ],
    [
      'a zone without changes',
      '30 2 * * *',
      'UTC',
      '2026-03-28T00:00Z',
      ['2026-03-28T02:30:00', '2026-03-29T02:30:00'],
    ],
  ])('%s', (_what, pattern, zone, from, expected) => {
    expect(ticks(pattern, zone, from, expected.length)).toEqual(expected);
  });
});

describe('a pattern', () => {
  it.each([
    ['61 * * * *', 'UTC', /^cron must be a cron pattern \(.*, got "61 \* \* \* \*"$/],
    ['* * * *', 'UTC', `cron must be a pattern of five fields, or six with seconds first, got "* * * *"`],
    ['* * * * * * *', 'UTC', `cron must be a pattern of five fields, or six with seconds first, got "* * * * * * *"`],
    ['@daily', 'UTC', `cron must be a pattern of five fields, or six with seconds first, got "@daily"`],
    ['0 0 30 2 *', 'UTC', 'cron must be a pattern that ever fires, got "0 0 30 2 *"'],
    ['* * * * *', 'Mars/Olympus', `timeZone must be an IANA time zone such as 'Europe/Berlin', got "Mars/Olympus"`],
  ])('%s in %s is refused', (pattern, zone, problem) => {
    const expected: unknown = problem instanceof RegExp ? expect.stringMatching(problem) : problem;
    expect(CronTimes.parse(pattern, zone)).toEqual({ problem: expected });
  });
});

describe('the latest tick', () => {
  const at = (text: string): number => Date.parse(text);

  it.each([
    ['* * * * * *', '2020-01-01T00:00:00Z', '2026-11-26T10:20:30.500Z', '2026-11-26T10:20:30.000Z'],
    ['0 3 * * *', '2026-11-20T03:00:00Z', '2026-11-26T02:59:59Z', '2026-11-25T03:00:00.000Z'],
    ['0 0 29 2 *', '2020-02-29T00:00:00Z', '2027-06-01T00:00:00Z', '2024-02-29T00:00:00.000Z'],
    ['0 3 * * *', '2026-11-26T03:00:00Z', '2026-11-26T03:00:00Z', '2026-11-26T03:00:00.000Z'],
  ])('%s, not before %s, up to %s', (pattern, tick, now, expected) => {
    expect(new Date(times(pattern).latest(at(tick), at(now))).toISOString()).toBe(expected);
  });
});
