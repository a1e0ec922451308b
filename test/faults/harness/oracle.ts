import type { Change } from './audit';
import type { LedgerLine } from './ledger';

/** A run as it stands at the end. */
export interface RunRow {
  readonly id: string;
  readonly status: string;
  readonly output: unknown;
  readonly nodes: readonly { readonly node: string; readonly idx: number; readonly status: string }[];
}

/** What a campaign hands to the oracle. */
export interface Evidence {
  /** The runs that were acknowledged to whoever started them, each with the output it must have. */
  readonly started: ReadonlyMap<string, unknown>;
  readonly runs: readonly RunRow[];
  readonly changes: readonly Change[];
  readonly ledger: readonly LedgerLine[];
  /** The records, `node` or `node[index]`, that a finished run has; its flow, for which the run's own row may stand, left out. */
  readonly nodesOfRun: readonly string[];
  readonly flow: string;
  /** How many calls of one run can be in flight at once. */
  readonly width: number;
}

/** What the promises come to. Every list holds what broke one of them, in words; all of them must be empty. */
export interface Verdict {
  /** Runs that are gone, or did not end. */
  readonly lost: readonly string[];
  /** Runs that ended otherwise than they must. */
  readonly wrong: readonly string[];
  /** Nodes recorded as completed more or less than once. */
  readonly recordedTwice: readonly string[];
  /** Nodes written by a worker whose claim had been taken over. */
  readonly staleWrites: readonly string[];
  /** Rows that changed after they were final. */
  readonly finalChanged: readonly string[];
  readonly epochsShrunk: readonly string[];
  /** Calls made before what they depend on was recorded. */
  readonly startedEarly: readonly string[];
  /** Calls made although the node was recorded, twice under one claim, or with no lease left. */
  readonly calledWrongly: readonly string[];
  /** Takeovers after which more calls were repeated than one run can have in flight. */
  readonly repeatedTooOften: readonly string[];
  /** Calls that were made again, because the worker that made them was lost: the price of a fault. */
  readonly repeats: number;
}

const FINAL = new Set(['COMPLETED', 'FAILED', 'SKIPPED', 'CANCELLED']);

/** Judges a campaign. It looks at nothing but the evidence: the database's own log, the tasks' own ledger, and the rows at the end. */
export function judge(evidence: Evidence): Verdict {
  const { changes, ledger } = evidence;
  const nodes = changes.filter(({ kind }) => kind === 'node');
  // A zombie's line may reach the ledger long after its call: what it says of the run's records is not about the call.
  const current = ledger.filter(({ epoch, runEpoch }) => epoch === runEpoch);
  return {
    ...judgeEnds(evidence),
    recordedTwice: judgeRecords(evidence, nodes),
    staleWrites: changes.filter(isStale).map(describeChange),
    finalChanged: changes.filter(({ oldStatus }) => oldStatus !== null && FINAL.has(oldStatus)).map(describeChange),
    epochsShrunk: changes.filter((one) => one.oldEpoch !== null && one.newEpoch < one.oldEpoch).map(describeChange),
    startedEarly: current.filter(({ isReady }) => !isReady).map(describeCall),
    calledWrongly: [
      ...current.filter(({ isRecorded }) => isRecorded).map((line) => `${describeCall(line)}: was recorded already`),
      ...ledger.filter((line) => line.leaseLeftMs <= 0).map((line) => `${describeCall(line)}: without a lease`),
      ...calledTwice(ledger),
    ],
    ...judgeRepeats(ledger, evidence.width),
  };
}

/** Written by somebody who owned the run no longer: a node under an old epoch, or a run's end by a process that had lost it. */
function isStale({ kind, oldStatus, newStatus, oldEpoch, newEpoch, runEpoch, isByOwner }: Change): boolean {
  if (kind === 'node') return newEpoch !== runEpoch;
  // Others take a run from its owner by raising its epoch, and no other way.
  return oldStatus === 'RUNNING' && newStatus !== oldStatus && newEpoch === oldEpoch && isByOwner === false;
}

/** The lists of a verdict that are not empty. */
export function broken(verdict: Verdict): Record<string, readonly string[]> {
  const lists = Object.entries(verdict).filter((entry): entry is [string, readonly string[]] =>
    Array.isArray(entry[1]),
  );
  return Object.fromEntries(
    lists.filter(([, list]) => list.length > 0).map(([name, list]) => [name, list.slice(0, 10)]),
  );
}

function judgeEnds({ started, runs }: Evidence): Pick<Verdict, 'lost' | 'wrong'> {
  const rows = new Map(runs.map((run) => [run.id, run]));
  const lost: string[] = [];
  const wrong: string[] = [];
  for (const [id, expected] of started) {
    const row = rows.get(id);
    if (row === undefined || !FINAL.has(row.status)) lost.push(`${id}: ${row?.status ?? 'no row'}`);
    else if (row.status !== 'COMPLETED' || JSON.stringify(row.output) !== JSON.stringify(expected)) {
      wrong.push(`${id}: ${row.status} with ${JSON.stringify(row.output)}, expected ${JSON.stringify(expected)}`);
    }
  }
  // A start whose answer the client never got is a run, too.
  for (const { id, status } of runs) if (!started.has(id) && !FINAL.has(status)) lost.push(`${id}: ${status}`);
  return { lost, wrong };
}

function judgeRecords({ runs, nodesOfRun, flow }: Evidence, nodes: readonly Change[]): string[] {
  const completions = new Map<string, number>();
  for (const { run, node, idx, newStatus } of nodes) {
    if (newStatus !== 'COMPLETED') continue;
    const key = `${run} ${nameOf(node ?? '', idx ?? -1)}`;
    completions.set(key, (completions.get(key) ?? 0) + 1);
  }
  const problems = [...completions].filter(([, count]) => count !== 1).map(([key, count]) => `${key}: ${count} times`);
  for (const { id, status, nodes: rows } of runs) {
    if (status !== 'COMPLETED') continue;
    const tasks = rows.filter((row) => row.status === 'COMPLETED' && row.node !== flow);
    const completed = tasks.map(({ node, idx }) => nameOf(node, idx));
    if ([...completed].sort().join() !== [...nodesOfRun].sort().join()) problems.push(`${id}: has ${completed.join()}`);
  }
  return problems;
}

/** The tasks of a campaign never fail, so that only another claim can call them again. */
function calledTwice(ledger: readonly LedgerLine[]): string[] {
  const seen = new Set<string>();
  const twice: string[] = [];
  for (const line of ledger) {
    const key = `${line.run} ${nameOf(line.task, line.idx)} ${line.epoch}`;
    if (seen.has(key)) twice.push(`${describeCall(line)}: twice under one claim`);
    seen.add(key);
  }
  return twice;
}

function judgeRepeats(ledger: readonly LedgerLine[], width: number): Pick<Verdict, 'repeats' | 'repeatedTooOften'> {
  const epochs = new Map<string, Set<number>>();
  for (const { run, task, idx, epoch } of ledger) {
    const key = `${run} ${nameOf(task, idx)}`;
    const known = epochs.get(key);
    if (known === undefined) epochs.set(key, new Set([epoch]));
    else known.add(epoch);
  }
  const perClaim = new Map<string, number>();
  let repeats = 0;
  for (const [key, known] of epochs) {
    // Every claim but the last made this call in vain.
    for (const epoch of [...known].sort((a, b) => a - b).slice(0, -1)) {
      const claim = `${key.split(' ')[0] ?? ''} under epoch ${epoch}`;
      perClaim.set(claim, (perClaim.get(claim) ?? 0) + 1);
      repeats++;
    }
  }
  const tooMany = [...perClaim].filter(([, count]) => count > width);
  return { repeats, repeatedTooOften: tooMany.map(([claim, count]) => `${claim}: ${count} calls repeated`) };
}

function nameOf(node: string, idx: number): string {
  return idx < 0 ? node : `${node}[${idx}]`;
}

function describeChange({ kind, run, node, idx, oldStatus, newStatus, oldEpoch, newEpoch, runEpoch }: Change): string {
  const what = kind === 'run' ? run : `${run} ${nameOf(node ?? '', idx ?? -1)}`;
  return `${what}: ${oldStatus ?? 'new'} (epoch ${oldEpoch ?? '-'}) → ${newStatus} (epoch ${newEpoch}), the run's being ${runEpoch}`;
}

function describeCall({ run, task, idx, epoch, pid, leaseLeftMs }: LedgerLine): string {
  return `${run} ${nameOf(task, idx)} under epoch ${epoch} by ${pid}, ${Math.round(leaseLeftMs)} ms of its lease left`;
}
