import { changeSuite } from './change-suite';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { concurrencySuite } from './concurrency-suite';
import { deploySuite } from './deploy-suite';
import { executionSuite } from './execution-suite';
import { explainSuite } from './explain-suite';
import { hardCasesSuite } from './hard-cases-suite';
import { lifecycleSuite } from './lifecycle-suite';
import { retentionSuite } from './retention-suite';
import { transactionsSuite } from './transactions-suite';
import { waitsSuite } from './waits-suite';

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
explainSuite('PGlite', openDatabase);
concurrencySuite('PGlite', openDatabase);
deploySuite('PGlite', openDatabase);
changeSuite('PGlite', openDatabase);
transactionsSuite('PGlite', openDatabase);
