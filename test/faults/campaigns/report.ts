import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import path from 'node:path';
import type { CampaignResult } from './campaign';

export const REPORT = path.join(__dirname, '../../../docs/reliability.md');

const BEGIN = '<!-- campaigns:begin -->';
const END = '<!-- campaigns:end -->';
const HEAD = `| campaign | seed | commit | machine | faults fired | runs | lost | recorded twice | stale writes accepted | other violations | duration |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |`;

/** One row of the table in docs/reliability.md. */
export function toRow(name: string, { seed, fired, runs, verdict, durationMs, recovery }: CampaignResult): string {
  const { lost, recordedTwice, staleWrites, repeats, ...others } = verdict;
  const violations = Object.values(others).reduce((sum, list) => sum + list.length, 0);
  const faults = Object.entries(fired).map(([kind, count]) => `${count} ${inWords(kind)}`);
  if (recovery !== undefined) {
    const { kills, p50, p99, bound } = recovery;
    faults.push(
      `recovery after ${kills} of the kills: p50 ${seconds(p50)}, p99 ${seconds(p99)} (bound ${seconds(bound)})`,
    );
  }
  if (repeats > 0) faults.push(`${repeats} calls repeated`);
  const cells = [name, seed, commit(), machine(), faults.join(', '), runs, lost.length, recordedTwice.length];
  return `| ${[...cells, staleWrites.length, violations, seconds(durationMs)].join(' | ')} |`;
}

/** Puts a row into the table between the markers, in place of an earlier one of the same campaign. */
export function withRow(page: string, name: string, row: string): string {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`docs/reliability.md has no ${BEGIN} … ${END}`);
  const kept = page
    .slice(begin + BEGIN.length, end)
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| campaign |') && !line.startsWith('| --- |'))
    .filter((line) => !line.startsWith(`| ${name} |`));
  const table = [HEAD, ...kept, row].join('\n');
  return `${page.slice(0, begin)}${BEGIN}\n\n${table}\n\n${page.slice(end)}`;
}

export function writeRow(name: string, row: string): void {
  writeFileSync(REPORT, withRow(readFileSync(REPORT, 'utf8'), name, row));
}

function seconds(ms: number): string {
  return ms < 60_000
    ? `${(ms / 1_000).toFixed(1)} s`
    : `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1_000)} s`;
}

/** `lateRecords` → `late records` */
function inWords(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/** What was tested: the commit, with a mark where files of it had been changed. The table itself does not count. */
function commit(): string {
  const git = (...args: string[]): string => execFileSync('git', args, { encoding: 'utf8', cwd: __dirname }).trim();
  try {
    const changed = git('status', '--porcelain', '--untracked-files=no').split('\n');
    const isClean = changed.every((line) => line === '' || line.endsWith('docs/reliability.md'));
    return `${git('rev-parse', '--short=10', 'HEAD')}${isClean ? '' : ' + changes'}`;
  } catch {
    return 'no commit';
  }
}

function machine(): string {
  return `${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`;
}
