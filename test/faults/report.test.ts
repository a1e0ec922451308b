import { readFileSync } from 'node:fs';
import { REPORT, toRow, withRow } from './campaigns/report';
import { judge } from './harness/oracle';

const verdict = judge({
  started: new Map(),
  runs: [],
  changes: [],
  ledger: [],
  nodesOfRun: [],
  flow: 'main',
  width: 1,
});

describe('the table of the campaigns', () => {
  it('has a place in docs/reliability.md, where a new row replaces the old one of its campaign', () => {
    const row = toRow('kill', { seed: 7, fired: { kills: 3 }, runs: 10, verdict, durationMs: 61_000 });
    expect(row).toMatch(/^\| kill \| 7 \| .+ \| 3 kills \| 10 \| 0 \| 0 \| 0 \| 0 \| 1 min 1 s \|$/);
    const page = withRow(readFileSync(REPORT, 'utf8'), 'other', '| other | 1 |');
    const once = withRow(page, 'kill', '| kill | old |');
    const twice = withRow(once, 'kill', row);
    expect(twice).toContain(row);
    expect(twice).toContain('| other | 1 |');
    expect(twice).not.toContain('| kill | old |');
    expect(withRow(twice, 'kill', row)).toBe(twice);
  });

  it('counts what is broken', () => {
    const bad = { ...verdict, lost: ['a'], staleWrites: ['b', 'c'], startedEarly: ['d'] };
    const row = toRow('kill', { seed: 7, fired: { kills: 3 }, runs: 10, verdict: bad, durationMs: 1_000 });
    expect(row).toMatch(/\| 10 \| 1 \| 0 \| 2 \| 1 \| 1.0 s \|$/);
  });
});
