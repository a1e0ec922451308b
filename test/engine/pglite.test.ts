import { changeSuite } from './change-suite';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Connection } from '../../src/store/typeorm/connections/connection';
import { childrenSuite } from './children-suite';
import { compensationSuite } from './compensation-suite';
import { concurrencySuite } from './concurrency-suite';
import { deploySuite } from './deploy-suite';
import { eventsSuite } from './events-suite';
import { executionSuite } from './execution-suite';
import { explainSuite } from './explain-suite';
import { hardCasesSuite } from './hard-cases-suite';
import { heldSuite } from './held-suite';
import { lifecycleSuite } from './lifecycle-suite';
import { retentionSuite } from './retention-suite';
import { transactionsSuite } from './transactions-suite';
import { schedulesSuite } from './schedules-suite';
import { waitsSuite } from './waits-suite';

/** What is open, by folder. */
const mockOpen = new Map<string, Connection & { end(): Promise<void> }>();

// A database stays open from runner to runner: opening one takes PGlite half a second, and each case has a runner of its own. That a
// folder can be opened again is the subject of test/store/folder-lock and test/examples.
jest.mock('../../src/store/typeorm/connections/pglite', () => {
  const path = '../../src/store/typeorm/connections/pglite';
  const { connectPglite } = jest.requireActual<typeof import('../../src/store/typeorm/connections/pglite')>(path);
  const connect = (folder: string, schema: string) => {
    const real = connectPglite(folder, schema);
    let opening: Promise<void> | undefined;
    return {
      ...real,
      open: () => (opening ??= real.open()),
      close: () => Promise.resolve(),
      end: () => real.close(),
    };
  };
  return {
    connectPglite: (folder: string, schema: string) => {
      const known = mockOpen.get(folder) ?? connect(folder, schema);
      mockOpen.set(folder, known);
      return known;
    },
  };
});

afterAll(async () => {
  for (const connection of mockOpen.values()) await connection.end();
});

const newFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'typeflow-engine-'));

// One folder for most suites, one after the other: making a database takes PGlite seconds.
let shared: string;
beforeAll(async () => {
  shared = await newFolder();
});
afterAll(() => rm(shared, { recursive: true, force: true }));

const openDatabase = async () => ({ database: `pglite:${join(shared, 'data')}`, drop: async () => {} });

/** For a suite that looks at all runs there are. */
const openEmptyDatabase = async () => {
  const folder = await newFolder();
  return { database: `pglite:${join(folder, 'data')}`, drop: () => rm(folder, { recursive: true, force: true }) };
};

executionSuite('PGlite', openDatabase);
lifecycleSuite('PGlite', openDatabase);
hardCasesSuite('PGlite', openDatabase);
retentionSuite('PGlite', openEmptyDatabase);
waitsSuite('PGlite', openDatabase);
schedulesSuite('PGlite', openDatabase);
childrenSuite('PGlite', openDatabase);
compensationSuite('PGlite', openDatabase);
explainSuite('PGlite', openDatabase);
heldSuite('PGlite', openDatabase);
concurrencySuite('PGlite', openDatabase);
deploySuite('PGlite', openDatabase);
changeSuite('PGlite', openDatabase);
transactionsSuite('PGlite', openDatabase);
eventsSuite('PGlite', openDatabase);
