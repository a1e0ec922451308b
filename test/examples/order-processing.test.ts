import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Child } from '../fixtures/child-process';

const EXAMPLE = join(__dirname, '../../examples/order-processing/main.ts');
const ORDERS = ['A-1001', 'A-1002', 'A-1003', 'A-1004'];

/** What has to be recorded before a task may start: seeing it start proves these were finished. */
const UPSTREAM: Readonly<Record<string, readonly string[]>> = {
  checkInventory: ['validateOrder'],
  approve: ['validateOrder'],
  processPayment: ['validateOrder', 'checkInventory', 'approve'],
  prepareShipping: ['validateOrder', 'checkInventory', 'approve', 'processPayment'],
  updateInventory: ['validateOrder', 'checkInventory', 'approve', 'processPayment'],
  sendConfirmation: ['validateOrder', 'checkInventory', 'approve', 'processPayment', 'prepareShipping'],
  main: [
    'validateOrder',
    'checkInventory',
    'approve',
    'processPayment',
    'prepareShipping',
    'updateInventory',
    'sendConfirmation',
  ],
};

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'typeflow-orders-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const start = (env: Readonly<Record<string, string>> = {}): Child =>
  new Child(EXAMPLE, { TYPEFLOW_DATABASE: `pglite:${join(folder, 'data')}`, ...env });

/** `A-1001 processPayment` of every line that says a task is running. */
function started(lines: readonly string[]): string[] {
  return lines.flatMap((line) => {
    const match = /^(A-\d+)\s+(\w+)\s+RUNNING/.exec(line);
    return match === null ? [] : [`${match[1]} ${match[2]}`];
  });
}

/** What must have been recorded before, given that these were started. */
function recordedBefore(starts: readonly string[]): Set<string> {
  return new Set(
    starts.flatMap((start) => {
      const [order, task] = start.split(' ') as [string, string];
      return (UPSTREAM[task] ?? []).map((upstream) => `${order} ${upstream}`);
    }),
  );
}

function expectResults(lines: readonly string[]): void {
  expect(lines.filter((line) => / is done: /.test(line)).map((line) => line.slice(0, 6))).toEqual([
    'A-1001',
    'A-1002',
    'A-1004',
  ]);
  expect(lines.find((line) => line.startsWith('A-1003 was rejected'))).toContain('asks for less than one piece');
}

describe('the order-processing example', () => {
  it('prints the graph, a line per attempt, a retry, a timeout, and how every order ended', async () => {
    const child = start();
    expect([await child.ended, child.stderr]).toEqual([0, '']);
    const { lines } = child;
    expect(lines[0]).toMatch(/^(flowchart|graph) /);
    expect(
      lines.some((line) => /A-1001 +checkInventory +FAILED +attempt 1 .*the warehouse did not answer/.test(line)),
    ).toBe(true);
    expect(lines.some((line) => /A-1001 +checkInventory +COMPLETED attempt 2/.test(line))).toBe(true);
    expect(lines.some((line) => /A-1002 +processPayment +FAILED +attempt 1 .*timeout/.test(line))).toBe(true);
    expect(lines.some((line) => /A-1002 +processPayment +COMPLETED attempt 2/.test(line))).toBe(true);
    expectResults(lines);
  }, 60_000);

  it('killed with SIGKILL again and again, finishes every order and calls no finished task again', async () => {
    const recorded = new Set<string>();
    let kills = 0;
    for (const last of [false, false, false, true]) {
      const child = start({ ORDER_DEMO_LATENCY_MS: '150' });
      if (!last) {
        const target = 5 + kills * 2;
        const ended = await Promise.race([
          child.until((lines) => started(lines).length >= target).then(() => 'go'),
          child.ended,
        ]);
        if (ended === 'go') {
          await child.kill();
          kills++;
        }
      }
      const end = await child.ended;
      const again = started(child.lines).filter((call) => recorded.has(call));
      expect(again).toEqual([]);
      for (const call of recordedBefore(started(child.lines))) recorded.add(call);
      if (last) {
        expect([end, child.stderr]).toEqual([0, '']);
        expectResults(child.lines);
      }
    }
    expect(kills).toBe(3);
    expect(ORDERS.filter((order) => recorded.has(`${order} validateOrder`))).toEqual(['A-1001', 'A-1002', 'A-1004']);
  }, 120_000);
});
