import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Child } from '../../fixtures/child-process';
import { expectedOutput, FAULT_NODES, FAULT_WIDTH } from '../fault-workflow';
import { pause } from '../harness/campaign-database';
import type { LedgerLine } from '../harness/ledger';
import { judge } from '../harness/oracle';
import type { Evidence } from '../harness/oracle';
import { between, seededRandom } from '../harness/seeded-random';
import type { PgliteSetup } from '../workers/pglite-process';
import type { CampaignOptions, CampaignResult } from './campaign';

const PROGRAM = path.join(__dirname, '../workers/pglite-process.ts');

/** What the processes told before they died. */
interface Told {
  readonly started: Map<string, unknown>;
  readonly ended: Map<string, number>;
  inputs: number;
}

/** A process that embeds its database is killed at any moment, also while it opens its folder, and started again on the same folder. */
export async function pgliteCampaign(options: Omit<CampaignOptions, 'url'>): Promise<CampaignResult> {
  const startedAt = performance.now();
  const { seed, faults } = options;
  const random = seededRandom(seed);
  const home = mkdtempSync(path.join(tmpdir(), 'typeflow-pglite-'));
  const ledger = path.join(home, 'ledger');
  const told: Told = { started: new Map(), ended: new Map(), inputs: 0 };
  const spawnOn = (more: Partial<PgliteSetup> = {}): Child => {
    const setup: PgliteSetup = { folder: path.join(home, 'data'), ledger, seed, firstInput: told.inputs, ...more };
    return new Child(PROGRAM, { FAULTS: JSON.stringify(setup) });
  };
  let child: Child | undefined;
  const fired = { kills: 0, killsWhileOpening: 0 };
  try {
    while (fired.kills < faults) {
      child = spawnOn();
      await strike(child, random, fired);
      listen(child.lines, told);
      if (fired.kills % 20 === 0) options.onProgress?.(`${fired.kills} kills, ${told.started.size} runs started`);
    }
    const evidence = path.join(home, 'evidence');
    child = spawnOn({ evidence });
    const end = await child.ended;
    if (end !== 0) throw new Error(`the last process ended with ${end}\n${child.stderr}`);
    const verdict = judgeFolder(JSON.parse(readFileSync(evidence, 'utf8')) as Rows, told, readLedger(ledger));
    return { seed, fired, runs: told.started.size, verdict, durationMs: performance.now() - startedAt };
  } finally {
    await child?.kill();
    rmSync(home, { recursive: true, force: true });
  }
}

type Rows = Pick<Evidence, 'runs' | 'changes'>;

function judgeFolder(
  { runs, changes }: Rows,
  { started, ended }: Told,
  ledger: LedgerLine[],
): CampaignResult['verdict'] {
  const verdict = judge({ started, runs, changes, ledger, nodesOfRun: FAULT_NODES, flow: 'main', width: FAULT_WIDTH });
  const outputs = new Map(runs.map(({ id, output }) => [id, output]));
  const changed = [...ended].filter(([id, output]) => outputs.get(id) !== output);
  return { ...verdict, wrong: [...verdict.wrong, ...changed.map(([id]) => `${id}: not the result that was told`)] };
}

async function strike(
  child: Child,
  random: () => number,
  fired: { kills: number; killsWhileOpening: number },
): Promise<void> {
  const isEarly = fired.kills > 0 && between(random, 1, 10) === 1;
  if (isEarly) await pause(between(random, 200, 1_500));
  else {
    const starts = between(random, 1, 20);
    await child.until((lines) => lines.filter((line) => line.startsWith('started')).length >= starts);
    await pause(between(random, 0, 50));
  }
  const wasServing = child.lines.includes('serving');
  const end = await child.kill();
  if (end !== 'SIGKILL') throw new Error(`the process ended by itself: ${end}\n${child.stderr}`);
  fired.kills++;
  if (!wasServing) fired.killsWhileOpening++;
}

function listen(lines: readonly string[], told: Told): void {
  for (const line of lines) {
    const [what, id = '', number = ''] = line.split(' ');
    if (what === 'started') {
      told.started.set(id, expectedOutput(Number(number)));
      told.inputs = Math.max(told.inputs, Number(number) + 1);
    } else if (what === 'ended') told.ended.set(id, Number(number));
  }
}

/** The last line of a process may be cut off by its death. */
function readLedger(file: string): LedgerLine[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => line.endsWith('}')).map((line) => JSON.parse(line) as LedgerLine);
}
